package config_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/engine/db/dbtest"
)

// BenchmarkApply tells how long the largest application takes, when all of it is new and
// when nothing is.
func BenchmarkApply(b *testing.B) {
	var text strings.Builder
	text.WriteString("kind: Team\nname: l2\nlevel: L2\n")
	for i := range config.MaxDocuments - 1 {
		fmt.Fprintf(&text, "---\nkind: Service\nname: s%d\ntier: 3\nowner: l2\n", i)
	}
	files := []config.File{{Name: "large.yaml", Text: text.String()}}
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			k := newDesk(b, dbtest.Open(b, dbtest.URL(b, kind), clock.NewFake(dbtest.Start)))
			for name, apply := range map[string]func(context.Context) (config.Diff, error){
				"new":  func(ctx context.Context) (config.Diff, error) { return k.Plan(ctx, admin, files) },
				"same": func(ctx context.Context) (config.Diff, error) { return k.Apply(ctx, admin, files) },
			} {
				if name == "same" {
					if _, err := apply(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if _, err := apply(context.Background()); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(config.MaxDocuments*b.N)/b.Elapsed().Seconds(), "documents/s")
				})
			}
		})
	}
}
