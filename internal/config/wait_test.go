package config_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// BenchmarkOthersWait tells how long others wait at most to store something, such as an
// alert, while the largest configuration is planned or applied.
func BenchmarkOthersWait(b *testing.B) {
	large := func(tier int) []config.File {
		var text strings.Builder
		text.WriteString("kind: Team\nname: l2\nlevel: L2\n")
		for i := range config.MaxDocuments - 1 {
			t := tier
			if i%100 > 0 {
				t = 3
			}
			fmt.Fprintf(&text, "---\nkind: Service\nname: s%d\ntier: %d\nowner: l2\n", i, t)
		}
		return []config.File{{Name: "large.yaml", Text: text.String()}}
	}
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			k := newDesk(b, dbtest.Open(b, dbtest.URL(b, kind), clock.NewFake(dbtest.Start)))
			for _, step := range []struct {
				name string
				do   func(context.Context) (config.Diff, error)
			}{
				{"plan of what is new", func(ctx context.Context) (config.Diff, error) { return k.Plan(ctx, admin, large(3)) }},
				{"what is new", func(ctx context.Context) (config.Diff, error) { return k.Apply(ctx, admin, large(3)) }},
				{"what is the same", func(ctx context.Context) (config.Diff, error) { return k.Apply(ctx, admin, large(3)) }},
				{"a hundred that differ", func(ctx context.Context) (config.Diff, error) { return k.Apply(ctx, admin, large(2)) }},
			} {
				b.Run(step.name, func(b *testing.B) {
					for b.Loop() {
						b.ReportMetric(float64(longestWait(b, k.db, step.do).Milliseconds()), "ms-waited")
					}
				})
			}
		})
	}
}

// longestWait runs do and returns how long the slowest of small changes beside it took.
func longestWait(b *testing.B, d *db.DB, do func(context.Context) (config.Diff, error)) (longest time.Duration) {
	b.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := do(context.Background())
		done <- err
	}()
	for wall := clock.Wall(); ; {
		select {
		case err := <-done:
			if err != nil {
				b.Fatal(err)
			}
			return longest
		default:
		}
		began := wall.Now()
		if err := d.Do(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Number("incident")
			return err
		}); err != nil {
			b.Fatal(err)
		}
		longest = max(longest, wall.Now().Sub(began))
	}
}
