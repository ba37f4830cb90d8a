package canvas_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mainstay/internal/web/look/canvas"
	"mainstay/internal/web/ui"
)

// How people see who lack one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
var vision = map[string][3][3]float64{
	"full colour":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// told is the distance in CIELAB from which on two colours side by side are plainly not the same; 2.3 is just
// noticeable.
const told = 15

func TestStatesAreToldApartWithoutRedAndGreen(t *testing.T) {
	states := []string{"ok", "warn", "bad", "unknown"}
	for name, matrix := range vision {
		for theme := range 2 {
			for i, a := range states {
				for _, b := range states[i+1:] {
					x, y := lab(seen(matrix, token(t, a, theme))), lab(seen(matrix, token(t, b, theme)))
					if d := math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2])); d < told {
						t.Errorf("%s, theme %d: %s and %s are %.0f apart", name, theme, a, b, d)
					}
				}
			}
		}
	}
}

// Blue and violet are one colour to some: there the form tells.
func TestLooksDifferInFormToo(t *testing.T) {
	for _, want := range []string{".f-unknown .back{stroke:var(--unknown);stroke-dasharray:", ".f-maintenance .back{stroke:var(--maintenance);fill:url(#hatch)}",
		".part.f-handled .back{fill:var(--surface);stroke-width:2.4}", ".f-bad .back{fill:var(--bad)", ".f-inactive .back{stroke:var(--inactive);fill:color-mix"} {
		if !strings.Contains(canvas.Style, want) {
			t.Errorf("the style has no %s", want)
		}
	}
	icons := map[string]ui.State{}
	for _, s := range []ui.State{ui.OK, ui.Warn, ui.Bad, ui.Unknown, ui.Inactive, ui.Maintenance} {
		icon := ui.Badge{State: s}.Picture()
		if other, taken := icons[icon]; taken {
			t.Errorf("%s and %s have the same icon", s.Word(), other.Word())
		}
		icons[icon] = s
	}
}

var tokenDef = regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)

// token is the colour of a state in a theme, in linear RGB.
func token(t *testing.T, name string, theme int) (out [3]float64) {
	t.Helper()
	w := httptest.NewRecorder()
	ui.Static().ServeHTTP(w, httptest.NewRequest(http.MethodGet, ui.Asset("app.css"), nil))
	for _, m := range tokenDef.FindAllStringSubmatch(w.Body.String(), -1) {
		if m[1] != name {
			continue
		}
		for i := range out {
			n, err := strconv.ParseUint(m[2+theme][1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			out[i] = linear(float64(n) / 255)
		}
		return out
	}
	t.Fatalf("the style sheet has no --%s", name)
	return out
}

func linear(c float64) float64 {
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

func seen(m [3][3]float64, c [3]float64) (out [3]float64) {
	for i := range out {
		out[i] = min(1, max(0, m[i][0]*c[0]+m[i][1]*c[1]+m[i][2]*c[2]))
	}
	return out
}

// lab is CIELAB for daylight (D65).
func lab(c [3]float64) [3]float64 {
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x := f((0.4124*c[0] + 0.3576*c[1] + 0.1805*c[2]) / 0.95047)
	y := f(0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2])
	z := f((0.0193*c[0] + 0.1192*c[1] + 0.9505*c[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Words stand on fills of their own; axe-core cannot tell what lies behind them (WCAG 2.2, 1.4.3).
func TestWordsInBoxesAreReadable(t *testing.T) {
	for theme := range 2 {
		surface := token(t, "surface", theme)
		for tone, part := range map[string]float64{"bad": 0.05, "warn": 0.05, "inactive": 0.12} {
			back := mixed(token(t, tone, theme), surface, part)
			for _, ink := range []string{tone, "text", "muted"} {
				if c := contrast(token(t, ink, theme), back); c < 4.5 {
					t.Errorf("theme %d: %s on a little %s has contrast %.2f", theme, ink, tone, c)
				}
			}
		}
		for ink, back := range map[string]string{"on-bad": "bad", "on-warn": "warn", "unknown": "surface", "maintenance": "surface", "ok": "surface", "muted": "bg"} {
			if c := contrast(token(t, ink, theme), token(t, back, theme)); c < 4.5 {
				t.Errorf("theme %d: %s on %s has contrast %.2f", theme, ink, back, c)
			}
		}
	}
}

// mixed is color-mix(in srgb, a part, b): of the encoded values.
func mixed(a, b [3]float64, part float64) (out [3]float64) {
	for i := range out {
		out[i] = linear(part*encoded(a[i]) + (1-part)*encoded(b[i]))
	}
	return out
}

func encoded(c float64) float64 {
	if c <= 0.0031308 {
		return c * 12.92
	}
	return 1.055*math.Pow(c, 1/2.4) - 0.055
}

func contrast(a, b [3]float64) float64 {
	light := func(c [3]float64) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05 }
	return max(light(a), light(b)) / min(light(a), light(b))
}
