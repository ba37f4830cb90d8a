package oncall

import (
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// gapCard is the coverage of one roster.
type gapCard struct {
	oncall.Coverage
	gaps []gapLine
	more int
}

// gapLine is a gap and where it can be filled.
type gapLine struct{ when, fill string }

// maxGaps is how many gaps of a roster are listed one by one.
const maxGaps = 14

// gaps shows when nobody would be called in the next days, on every roster; where most is to
// be done first.
func (p pages) gaps(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Rosters.CoverageAhead(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	var cards []gapCard
	for _, c := range list {
		cards = append(cards, gapCardOf(c, people.Can(by, people.RosterOverride, c.Roster.Target())))
	}
	slices.SortStableFunc(cards, func(a, b gapCard) int { return len(b.gaps) - len(a.gaps) })
	return action.Show(gaps(cards)), nil
}

func gapCardOf(c oncall.Coverage, take bool) gapCard {
	card := gapCard{Coverage: c}
	zone, err := time.LoadLocation(c.Roster.Spec.Zone)
	if err != nil {
		zone = time.UTC // it was valid when stored; the zone data has changed since
	}
	g := grid{loc: zone}
	page := showPage{Entry: c.Roster, zone: zone, weeks: 1}
	for _, h := range c.Gaps() {
		if len(card.gaps) == maxGaps {
			card.more++
			continue
		}
		line := gapLine{when: g.span(h.From, h.To)}
		if h.Endless {
			line.when = "from " + h.From.In(zone).Format("Mon 2 Jan 15:04") + " on"
		}
		if take {
			page.first = calendar.DateOf(h.From, zone)
			line.fill = page.overrideURL(oncall.Shift{Span: h.Span, State: oncall.Gap})
		}
		card.gaps = append(card.gaps, line)
	}
	return card
}
