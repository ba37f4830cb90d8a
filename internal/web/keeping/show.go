package keeping

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

func (p pages) show(_ *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	st, err := p.State()
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(keepingPage(view{st, p.Clock.Now(), people.Can(by, people.SystemWrite, people.Target{})})), nil
}

func (p pages) run(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := p.Run(r.Context(), by); err != nil {
		return action.Answer{}, err
	}
	return action.Go(URL, action.Done("What is due is archived now")), nil
}

func (p pages) verify(r *http.Request, by actor.Actor) (action.Answer, error) {
	day := r.PathValue("id")
	if err := p.Verify(r.Context(), by, day); err != nil {
		return action.Answer{}, err
	}
	return action.Go(URL+"#day-"+day, action.Done("The archive of "+day+" is read back; the result appears here")), nil
}

// holdFor is how long a day stays that was brought back on the page; the command line can choose.
const holdFor = 7 * 24 * time.Hour

func (p pages) restore(r *http.Request, by actor.Actor) (action.Answer, error) {
	day := r.PathValue("id")
	if err := p.Restore(r.Context(), by, day, holdFor); err != nil {
		return action.Answer{}, err
	}
	return action.Go(URL+"#day-"+day, action.Done(day+" is brought back; it can be searched when this page says so")), nil
}

type view struct {
	State
	now   time.Time
	write bool // whether the reader may act
}

func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + " days"
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

func counted(days int) string {
	if days == 1 {
		return "1 day"
	}
	return strconv.Itoa(days) + " days"
}

// longer says why the engine keeps days for longer than usual.
func (v view) longer() string {
	if v.Waiting > 0 {
		return ", so that no day goes before it is archived"
	}
	if len(v.Restored) > 0 {
		return ", while restored days are here"
	}
	return ", until the log engine is started anew"
}

// soon is when a full disk is worth an alert.
const soon = 7 * 24 * time.Hour

func (v view) full() ui.Badge {
	f := v.Forecast
	switch {
	case v.Elsewhere, !v.FreeKnown:
		return ui.Badge{State: ui.Unknown, Word: "Not known", Note: "the disk cannot be seen from here"}
	case !f.Known:
		return ui.Badge{State: ui.Unknown, Word: "Too early to say", Note: "three whole days of running are needed"}
	case f.Full.IsZero():
		return ui.Badge{State: ui.OK, Word: "Not within two years"}
	case f.Full.Sub(v.now) < soon:
		return ui.Badge{State: ui.Bad, Word: f.Full.Format("Mon 2 January 2006")}
	case f.Full.Sub(v.now) < 4*soon:
		return ui.Badge{State: ui.Warn, Word: f.Full.Format("Mon 2 January 2006")}
	}
	return ui.Badge{State: ui.OK, Word: f.Full.Format("Mon 2 January 2006")}
}

func (v view) archive() ui.Badge {
	switch {
	case v.Archive == "":
		return ui.Badge{State: ui.Unknown, Word: "Off", Note: "days are deleted for good"}
	case v.Crowded:
		return ui.Badge{State: ui.Bad, Word: "Too late soon", Note: "the limit of the disk takes days that are not archived"}
	case v.Behind > v.Margin/2:
		return ui.Badge{State: ui.Bad, Word: ui.Words(v.Behind) + " behind", Note: "of " + days(v.Margin) + " until days are deleted"}
	case v.Behind > v.Margin/4 || v.Failing != "":
		return ui.Badge{State: ui.Warn, Word: ui.Words(v.Behind) + " behind"}
	case len(v.Due) > 0:
		return ui.Badge{State: ui.OK, Word: "At work", Note: strconv.Itoa(len(v.Due)) + " due"}
	case v.Waiting > 0:
		return ui.Badge{State: ui.OK, Word: "Waits", Note: "for the last lines of " + counted(v.Waiting)}
	}
	return ui.Badge{State: ui.OK, Word: "Up to date"}
}

func (v view) state(a Archived) ui.Badge {
	i := slices.IndexFunc(v.Restored, func(r Restored) bool { return r.of(a) })
	switch {
	case i >= 0 && v.Restored[i].Failure != "":
		return ui.Badge{State: ui.Bad, Word: "Cannot be restored"}
	case a.Damage != "":
		return ui.Badge{State: ui.Bad, Word: "Damaged"}
	case i >= 0 && v.Restored[i].Done:
		note := "until " + v.Until.Format("2 January")
		if v.Restored[i].Lines == 0 {
			note = "all its lines were still here, and stay " + note
		}
		return ui.Badge{State: ui.OK, Word: "Restored", Note: note}
	case i >= 0:
		return ui.Badge{State: ui.OK, Word: "Is restored", Note: "being brought back"}
	case !a.Checked.IsZero():
		return ui.Badge{State: ui.OK, Word: "Whole", Note: "read back " + a.Checked.Format("2 January 15:04") + " UTC"}
	case !a.Closed:
		return ui.Badge{State: ui.OK, Word: "Early", Note: "looked at again at its time"}
	}
	return ui.Badge{State: ui.OK, Word: "Archived"}
}

// wrong is what is known to be wrong with a day's archive.
func (v view) wrong(a Archived) string {
	for _, r := range v.Restored {
		if r.of(a) && r.Failure != "" {
			return r.Failure
		}
	}
	return a.Damage
}

// back reports whether a day is searchable again.
func (v view) back(a Archived) bool {
	return slices.ContainsFunc(v.Restored, func(r Restored) bool { return r.of(a) && r.Done })
}

// of reports whether it is what was archived that came back.
func (r Restored) of(a Archived) bool { return r.Day == a.Day && r.Class == a.Class }

// anchor names the row of an archive.
func (a Archived) anchor() string { return strings.TrimSuffix(a.Day+"-"+a.Class, "-") }

// anchor is a day of a class as part of an id.
func anchor(day string) string {
	return strings.NewReplacer(" (", "-", ")", "").Replace(day)
}

// standard is what a fact is called: of standard lines where there are others.
func (v view) standard(what, option string) string {
	if len(v.Classes) > 0 {
		what += " of standard lines"
	}
	return what + " (" + option + ")"
}

// state says whether new lines are kept so.
func (c Class) state() ui.Badge {
	switch {
	case c.On && c.Name == "standard":
		return ui.Badge{State: ui.OK, Word: "All others"}
	case c.On:
		return ui.Badge{State: ui.OK, Word: "Of sources that ask for it"}
	}
	return ui.Badge{State: ui.Unknown, Word: "Off", Note: "searched until they have aged out"}
}

// newest are the days, the last one first.
func (v view) newest() []Day {
	out := slices.Clone(v.Days)
	slices.Reverse(out)
	return out
}

// most is what the largest day takes.
func (v view) most() (n int64) {
	for _, d := range v.Days {
		n = max(n, d.Bytes)
	}
	return max(n, 1)
}

func amount(n int64) string {
	switch {
	case n < 0:
		return "−" + amount(-n)
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1e6:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
