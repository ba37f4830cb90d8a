package incident

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/ledger"
)

// kindsIn finds what looks like a kind of event in the source of the rooms whose events show on
// an incident's timeline.
func kindsIn(t *testing.T, rooms ...string) []string {
	t.Helper()
	kind := regexp.MustCompile(`"((?:incident|alert|escalation|page|message|follow-up)\.[a-z-]+)"`)
	timers := []string{"alert.expire", "alert.quiet", "incident.still-firing", "escalation.response", "escalation.resolution", "escalation.ack"}
	var found []string
	for _, room := range rooms {
		files, err := filepath.Glob("../../domain/" + room + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			source, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range kind.FindAllSubmatch(source, -1) {
				if k := string(m[1]); !slices.Contains(timers, k) && !slices.Contains(found, k) {
					found = append(found, k)
				}
			}
		}
	}
	return found
}

func TestEveryKindOfEventIsToldInPlainWords(t *testing.T) {
	kinds := kindsIn(t, "incident", "alert", "escalation", "notify", "followup")
	if len(kinds) < 30 {
		t.Fatalf("only %d kinds found: %q", len(kinds), kinds)
	}
	own := ledger.Record{Kind: "incident", ID: "i"}
	for _, kind := range kinds {
		room, _, _ := strings.Cut(kind, ".")
		record := ledger.Record{Kind: room, ID: "x"}
		if room == "incident" || room == "escalation" {
			record = own
		}
		for _, payload := range []string{"{}", ""} { // an erased event has none
			e, err := tell("INC-1", own, ledger.Event{ID: "e", Record: record, Seq: 1, Kind: kind, Actor: actor.Mainstay, Payload: json.RawMessage(payload)})
			if err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if e.Icon == "" || e.What == strings.ReplaceAll(strings.ReplaceAll(kind, ".", " "), "-", " ") {
				t.Errorf("%s has no words: %q", kind, e.What)
			}
		}
	}
}

func TestEventsOfTomorrowAreShownToo(t *testing.T) {
	own := ledger.Record{Kind: "incident", ID: "i"}
	e, err := tell("INC-1", own, ledger.Event{Record: own, Seq: 7, Kind: "incident.track-started", Actor: actor.Actor{Kind: actor.User, Name: "Ana"}})
	if err != nil || e.What != "incident track started" || e.Who != "Ana" || e.ID != "e-7" {
		t.Errorf("told %+v, %v", e, err)
	}
}
