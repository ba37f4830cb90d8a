package canvas_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/health"
	"mainstay/internal/web/look/canvas"
)

// estate is a service of n components, of which the given ones are down by themselves.
func estate(n int, down ...string) (drawing.Picture, *health.Desk) {
	service := catalogue.Service{ID: "s", Name: "payments", Title: "Payments <1> & more"}
	var all []catalogue.Component
	for i := range n {
		c := catalogue.Component{ID: catalogue.ComponentID(fmt.Sprint("id", i)), Name: fmt.Sprintf("c%03d", i), Title: fmt.Sprintf("Component <%d>", i),
			Service: "s", Layer: catalogue.Layers[i%len(catalogue.Layers)]}
		for j := max(0, i-7); j < i; j += 3 {
			c.DependsOn = append(c.DependsOn, all[j].ID)
		}
		all = append(all, c)
	}
	spec := drawing.Spec{Groups: []drawing.Group{{Name: "g", Title: "Group & co", Needs: 1}}, Parts: []drawing.Part{{Component: "c000", Group: "g"}, {Component: "c001", Group: "g"}}}
	d := drawing.Drawing{Spec: spec}
	desk := health.Suppose(service, all, d, down)
	return drawing.Compose(service, d, all), desk
}

func drawn(t testing.TB, c *canvas.Canvas) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Draw().Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAReaderIsSentOnlyWhatIsDifferent(t *testing.T) {
	p, before := estate(60)
	_, after := estate(60, "c050")
	have := canvas.New("d", p, before).Have()
	changed, same := canvas.New("d", p, after).Since(have)
	if !same {
		t.Fatal("the shape is the same, and is taken for another")
	}
	text := drawn(t, changed)
	for i, c := range p.Parts {
		was, _ := before.Part(c.Name)
		is, _ := after.Part(c.Name)
		if sent := strings.Contains(text, fmt.Sprintf(`id="d-part-c%03d"`, i)); sent != (was.State != is.State) {
			t.Errorf("%s is sent: %v, was %s, is %s", c.Name, sent, was.State.Word(), is.State.Word())
		}
	}
	if strings.Contains(text, "<symbol") || !strings.Contains(text, `data-have="`+canvas.New("d", p, after).Have()+`"`) {
		t.Error("a patch holds the icons, or does not say what is shown then")
	}
	if _, same := canvas.New("d", p, after).Since(have[:len(have)-1]); same {
		t.Error("half of a drawing is taken for one")
	}
	p.Parts[3].X += 8
	if _, same := canvas.New("d", p, after).Since(have); same {
		t.Error("a part has been moved, and nobody is told")
	}
}

func TestAFileIsWholeAndNeedsNothingElse(t *testing.T) {
	p, desk := estate(20, "c003")
	var out bytes.Buffer
	if err := canvas.New("d", p, desk).File(t.Context(), &out, time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for want, n := range map[string]int{"<style>": 1, "2026-03-01 04:05:06 UTC": 1, "Component &lt;3&gt;": 2, "http://": 1, "https://": 0, "<script": 0, " href=\"#": 21} {
		if got := strings.Count(out.String(), want); got < n || n < 2 && got != n {
			t.Errorf("%q stands there %d times", want, got)
		}
	}
	for d := xml.NewDecoder(&out); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsDownSaysSoInWordAndIcon(t *testing.T) {
	p, desk := estate(20, "c003")
	text := drawn(t, canvas.New("d", p, desk))
	_, text, _ = strings.Cut(text, `id="d-part-c003"`)
	text, _, _ = strings.Cut(text, "</g>")
	for _, want := range []string{"f-bad", "#di-cross", ">Down<", "Component &lt;3&gt;: Down. Supposed to be down"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// BenchmarkBoardOf500 draws a service of 500 components: all of it, and what is sent when one part changes.
func BenchmarkBoardOf500(b *testing.B) {
	p, before := estate(500)
	_, after := estate(500, "c480")
	have := canvas.New("d", p, before).Have()
	b.Run("whole", func(b *testing.B) {
		size := 0
		for b.Loop() {
			p, desk := estate(500, "c480")
			size = len(drawn(b, canvas.New("d", p, desk)))
		}
		b.ReportMetric(float64(size)/1e3, "kB/page")
		b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/page")
	})
	b.Run("patch", func(b *testing.B) {
		size := 0
		for b.Loop() {
			changed, _ := canvas.New("d", p, after).Since(have)
			size = len(drawn(b, changed))
		}
		b.ReportMetric(float64(size)/1e3, "kB/patch")
		b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/patch")
	})
}
