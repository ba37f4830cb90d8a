package incident_test

import (
	"strings"
	"testing"
	"time"
)

func TestAStepIsOneEntryThatSaysWhomItReached(t *testing.T) {
	d := broken(t)
	d.Advance(6 * time.Minute)
	timeline := d.Get(d.Ana, inc+"?order=oldest").One("#timeline")
	var told []string
	for _, e := range timeline.All("li.entry") {
		told = append(told, e.Text())
	}
	steps := timeline.All("details.outcome")
	if len(steps) != 2 {
		t.Fatalf("%d steps, want 2, in %q", len(steps), told)
	}
	steps[0].One("summary").WantText("Ana Ruiz", "mail", "after 0 s")
	steps[0].One(".timeline").WantText("is calling Ana Ruiz by mail", "delivered a page to Ana Ruiz")
	steps[1].One("summary").WantText("Ben Osei")
	timeline.WantText("paged Payments back line (response clock, step 2 of 3)")
	first := told[0] + told[1]
	if raised, opened := strings.Index(first, "raised QueueDepth"), strings.Index(first, "opened INC-1"); raised < 0 || opened < raised {
		t.Errorf("what was raised does not come before what it opened: %q", told[:2])
	}

	d.Get(d.Ana, inc+"?show=messages").One("#timeline").None("details.outcome")
	d.Get(d.Ana, inc+"?show=messages").One("#timeline").WantText("is calling Ana Ruiz")
}

func TestMessagesAreCountedByPersonAndListedBehindTheCount(t *testing.T) {
	d := broken(t)
	group := d.Get(d.Ana, inc).One("#messages").One("details.mailing")
	group.One("summary").WantText("Ana Ruiz", "1 delivered")
	group.One("li.told").WantText("Delivered", "mail")
	if group.Has("open") {
		t.Error("the messages repeat the timeline unasked")
	}
}
