package canvas

import (
	"bytes"
	"context"
	"io"
	"strings"
	"time"
)

// File writes the drawing as a file that needs nothing else: colours and letters are inside, for light and
// dark, and for paper. When says of which instant it is.
func (c *Canvas) File(ctx context.Context, w io.Writer, when time.Time) error {
	var body bytes.Buffer
	if err := c.Draw().Render(ctx, &body); err != nil {
		return err
	}
	open, rest, _ := strings.Cut(body.String(), ">")
	_, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+open+"><style>"+fileStyle+"</style><desc>As of "+
		when.UTC().Format("2006-01-02 15:04:05")+" UTC</desc>"+rest+"\n")
	return err
}

// fileStyle is the style of drawings with the colours of the tokens.
const fileStyle = `
svg{--surface:#fff;--bg:#f5f7f9;--text:#1a2027;--muted:#56606b;--line:#d8dde3;--line-strong:#818b96;--ok:#1a7f5a;--warn:#9a6700;--bad:#a40e26;--unknown:#66707c;--maintenance:#5b3fa8;--inactive:#0b5394;--on-warn:#fff;--on-bad:#fff;background:var(--bg);font-family:system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--surface:#151a21;--bg:#0e1217;--text:#e3e8ee;--muted:#9ba6b2;--line:#2b333d;--line-strong:#6a7683;--ok:#9be8d4;--warn:#f2b134;--bad:#ff5c5c;--unknown:#8b949e;--maintenance:#c3b1ff;--inactive:#84bdff;--on-warn:#1f1500;--on-bad:#1d0205}}
` + Style

// Style is how drawings look, in terms of the tokens of colours; the page's style sheet has the same.
const Style = `
.drawing .back{fill:var(--surface);stroke:var(--line-strong);stroke-width:1.2}
.drawing .foreign{stroke:var(--line);stroke-width:1}
.drawing .edge{fill:none}
.drawing .name{fill:var(--text);font-size:13px;font-weight:600}
.drawing .word{fill:var(--state);font-size:11.5px}
.drawing .note{fill:var(--muted);font-size:11px;text-anchor:end}
.drawing use{stroke:var(--state);fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.drawing .solid{fill:currentColor}
.drawing .f-ok{--state:var(--ok);color:var(--ok)}
.drawing .f-warn{--state:var(--warn);color:var(--warn)}
.drawing .f-bad{--state:var(--bad);color:var(--bad)}
.drawing .f-unknown{--state:var(--muted);color:var(--muted)}
.drawing .f-inactive{--state:var(--inactive);color:var(--inactive)}
.drawing .f-maintenance{--state:var(--maintenance);color:var(--maintenance)}
.drawing .f-ok .edge{fill:var(--ok)}
.drawing .f-unknown .back{stroke:var(--unknown);stroke-dasharray:5 4}
.drawing .f-inactive .back{stroke:var(--inactive);fill:color-mix(in srgb,var(--inactive) 12%,var(--surface))}
.drawing .f-inactive .edge{fill:var(--inactive)}
.drawing .f-maintenance .back{stroke:var(--maintenance);fill:url(#hatch)}
.drawing .hatch{stroke:var(--maintenance);stroke-width:5;opacity:.22}
.drawing .f-warn .back{fill:var(--warn);stroke:var(--warn)}
.drawing .f-bad .back{fill:var(--bad);stroke:var(--bad)}
.drawing .part.f-warn:not(.f-handled){--state:var(--on-warn);color:var(--on-warn)}
.drawing .part.f-bad:not(.f-handled){--state:var(--on-bad);color:var(--on-bad)}
.drawing .part.f-warn:not(.f-handled) :is(.name,.note){fill:var(--on-warn)}
.drawing .part.f-bad:not(.f-handled) :is(.name,.note){fill:var(--on-bad)}
.drawing .part.f-affected:is(.f-bad,.f-warn):not(.f-handled){--state:var(--tone);color:var(--tone)}
.drawing .part.f-affected:is(.f-bad,.f-warn):not(.f-handled) .name{fill:var(--text)}
.drawing .part.f-affected:is(.f-bad,.f-warn):not(.f-handled) .note{fill:var(--muted)}
.drawing .part.f-affected:is(.f-bad,.f-warn) .back{fill:color-mix(in srgb,var(--tone) 5%,var(--surface));stroke:var(--tone);stroke-width:1.8}
.drawing .part.f-affected:is(.f-bad,.f-warn) .edge{fill:var(--tone)}
.drawing .part.f-affected.f-bad{--tone:var(--bad)}
.drawing .part.f-affected.f-warn{--tone:var(--warn)}
.drawing .part.f-handled .back{fill:var(--surface);stroke-width:2.4}
.drawing .f-handled .edge{fill:var(--state)}
.drawing .line{fill:none;stroke:var(--line-strong);stroke-width:1.3}
.drawing .l-light{stroke-dasharray:6 4}
.drawing .l-warn{stroke:var(--warn);stroke-width:2.2}
.drawing .l-bad{stroke:var(--bad);stroke-width:2.6}
.drawing .l-unknown{stroke:var(--unknown);stroke-width:2;stroke-dasharray:3 4}
.drawing .group rect{fill:none;stroke:var(--line-strong);stroke-width:1.2}
.drawing .group.f-warn rect,.drawing .group.f-bad rect{stroke:var(--state);stroke-width:2}
.drawing .group.f-unknown rect{stroke-dasharray:5 4}
.drawing .group-title{fill:var(--text);font-size:12px;font-weight:600}
.drawing .group-note{fill:var(--muted);font-weight:400}
`
