package probe

import (
	"math"
	"strings"
)

const maxFigureName = 80

// ValidFigure reports whether a figure can be a sample of a series.
func ValidFigure(f Figure) bool {
	return f.Name != "" && f.Name == FigureName(f.Name) && len(f.Unit) <= 20 && !math.IsNaN(f.Value) && !math.IsInf(f.Value, 0)
}

// FigureName makes a name of any text: "/var size" becomes "var_size".
func FigureName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case b.Len() >= maxFigureName:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.TrimSuffix(b.String(), "_")
}
