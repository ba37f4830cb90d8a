package source_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

func TestLinesOfThePastAreMarkedAndNoneCanMarkItself(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		line := func(extra ...signal.Field) signal.Row {
			return signal.Row{Fields: append([]signal.Field{{Name: "_msg", Value: "x"}}, extra...)}
		}
		from := k.from("app")
		k.take(from, line(signal.Field{Name: signal.Uploaded, Value: "never judge me"}))
		from.Past = k.clock.Now().Add(-time.Minute)
		k.take(from, line(), line(signal.Field{Name: signal.Uploaded, Value: "y"}))
		rows := k.shelf.rows
		if got := rows[0]; got.Get(signal.Uploaded) != "" || got.Get("sent_uploaded") != "never judge me" {
			k.Errorf("a sender's own mark: %v", got)
		}
		for _, got := range rows[1:] {
			if got.Get(signal.Uploaded) != "2026-11-02T08:59:00.000000Z" {
				k.Errorf("uploaded: %v", got)
			}
		}
		if rows[2].Get("sent_uploaded") != "y" {
			k.Errorf("a sender's own value is lost: %v", rows[2])
		}
		list, err := k.Volume(k.Context(), admin, "app", time.Time{}, time.Time{})
		k.must(err)
		if now := list[len(list)-1]; now.Lines != 1 || now.Uploaded != 2 || now.Bytes == 0 {
			k.Errorf("lines of the past must not look like a flood: %+v", now)
		}
	})
}

func TestAReceiptSaysWhereLinesAreAndWhichHaveNotTheirOwnTime(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		at := func(when time.Time) signal.Row {
			return signal.Row{Time: when, Fields: []signal.Field{{Name: "_msg", Value: "x"}}}
		}
		first := k.clock.Now().Add(-48 * time.Hour)
		got := k.take(k.from("app"), at(first), at(first.Add(time.Hour)), at(k.clock.Now().AddDate(1, 0, 0)))
		if !got.First.Equal(first) || !got.Last.Equal(k.clock.Now()) || got.Misdated != 1 || got.Why == "" {
			k.Errorf("%+v, now %s, start %s", got, k.clock.Now(), dbtest.Start)
		}
	})
}

func TestARuleFindsAFatalLineOfAThousandFieldsThatIsReceived(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		line := signal.Row{Stream: []string{"pod"}}
		for i := range 1200 {
			line.Fields = append(line.Fields, signal.Field{Name: fmt.Sprint("f", i), Value: "v"})
		}
		for _, f := range []string{"_msg=out of memory", "pod=p-1", "host.name=web-1", "level=CRITICAL", "replay=hide me", "restored=hide me"} {
			name, value, _ := strings.Cut(f, "=")
			line.Fields = append(line.Fields, signal.Field{Name: name, Value: value})
		}
		k.take(k.from("app"), line)
		rule, err := match.Compiler{}.Compile([]string{"level:fatal host:web-1 pod:p-1 -replay:* -restored:*"})
		k.must(err)
		found, err := rule.Match(k.Context(), k.shelf.rows)
		k.must(err)
		if len(found[0]) != 1 {
			k.Errorf("no rule finds %d rows", len(k.shelf.rows))
		}
	})
}
