package canvas

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/health"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// Canvas is a drawing with the faces of its parts.
type Canvas struct {
	ID    string // of the SVG element; others on the page start with it
	Title string
	// Link is where a part leads; nil leads nowhere.
	Link func(component string) string
	// Movable parts can be dragged.
	Movable bool

	picture drawing.Picture
	parts   []face
	boxes   []face
	lines   []string // classes
	counts  []string // words of boxes
	shape   string
	only    *changed // nil draws everything
}

// face is how something looks.
type face struct {
	badge ui.Badge
	class string
	word  string
	icon  string
	note  string
	label string // for who cannot see it
}

// New draws a picture in the state of a desk.
func New(id string, p drawing.Picture, d *health.Desk) *Canvas {
	c := &Canvas{ID: id, Title: p.Service.Title, picture: p, shape: shapeOf(p)}
	of, _ := d.Service(p.Service.Name)
	for _, part := range p.Parts {
		is, _ := d.PartByID(part.ID)
		is.Inactive = of.Inactive // whether anybody needs it is a question of the service that is drawn
		c.parts = append(c.parts, faceOf(is, p.TwoColours))
	}
	for _, b := range p.Boxes {
		c.addBox(b, d)
	}
	for _, l := range p.Lines {
		c.lines = append(c.lines, lineClass(p.Parts[l.From], p.Parts[l.To], d, p.TwoColours))
	}
	return c
}

func faceOf(p health.Part, two bool) face {
	f := dressed(look.Part(p, two))
	if len(p.Reasons) == 0 && (p.State == health.Bad || p.State == health.Warn) {
		f.class += " f-affected" // so that the cause stands out
	}
	f.note = layerWords[p.Layer]
	for _, r := range p.Reasons {
		if r.Incident != "" {
			f.note = r.Incident
			break
		}
	}
	if f.note != "" && len([]rune(f.word+f.note)) > wordLetters && f.note == layerWords[p.Layer] {
		f.note = "" // what it is can be seen from where it stands
	}
	f.label = p.Title + ": " + f.word
	if len(p.Reasons) > 0 {
		f.label += ". " + p.Reasons[0].Text
		if p.Reasons[0].Note != "" {
			f.label += ", " + p.Reasons[0].Note
		}
	}
	return f
}

func dressed(b ui.Badge) face {
	f := face{badge: b, class: "f-" + b.Class(), word: b.Words(), icon: b.Picture()}
	if b.Handled {
		f.class += " f-handled"
	}
	return f
}

// layerWords are short enough for a box.
var layerWords = map[catalogue.Layer]string{
	catalogue.Machine: "machine", catalogue.Network: "network", catalogue.Middleware: "middleware",
	catalogue.Application: "application", catalogue.BusinessProcess: "business", catalogue.FrontEnd: "front end",
	catalogue.ThirdParty: "third party",
}

func (c *Canvas) addBox(b drawing.Box, d *health.Desk) {
	ids := make([]catalogue.ComponentID, len(b.Members))
	for n, i := range b.Members {
		ids[n] = c.picture.Parts[i].ID
	}
	v, working := d.Together(ids, b.Needs)
	f := dressed(ui.Badge{State: look.HealthState(v.State, c.picture.TwoColours), Handled: v.State != health.OK && v.Handling != health.Open})
	f.note = fmt.Sprintf("%d of %d work", working, len(ids))
	if !v.Watched {
		f.note = "not watched"
	} else if b.Needs > 0 {
		f.note += fmt.Sprintf(", %d needed", b.Needs)
	}
	f.label = b.Title + ": " + f.word + ", " + f.note
	c.boxes = append(c.boxes, f)
}

// lineClass marks the lines along which trouble goes up.
func lineClass(from, to drawing.Placed, d *health.Desk, two bool) string {
	if !d.Blames(from.ID, to.ID) {
		return "line"
	}
	is, _ := d.PartByID(from.ID)
	return "line l-" + ui.Badge{State: look.HealthState(is.State, two)}.Class()
}

// shapeOf is a digest of what there is and where.
func shapeOf(p drawing.Picture) string {
	h := fnv.New64a()
	fmt.Fprint(h, p.Width, p.Height, p.TwoColours)
	for _, part := range p.Parts {
		fmt.Fprintln(h, part.Name, part.Title, part.Layer, part.X, part.Y, part.Own)
	}
	for _, l := range p.Lines {
		fmt.Fprintln(h, l)
	}
	for _, b := range p.Boxes {
		fmt.Fprintln(h, b)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:6])
}

const faceLetters = 4 // of base64 for a face: one in 16 million is taken for another

func (f face) digest() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.class + "\x00" + f.word + "\x00" + f.icon + "\x00" + f.note + "\x00" + f.label)) // never fails
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:3])
}

// Have is what a reader shows who shows this: the shape, then every face.
func (c *Canvas) Have() string {
	var out strings.Builder
	out.WriteString(c.shape)
	for _, f := range c.parts {
		out.WriteString(f.digest())
	}
	for _, f := range c.boxes {
		out.WriteString(f.digest())
	}
	for _, class := range c.lines {
		out.WriteByte("-owbuim"[max(0, strings.Index("owbuim", letterOf(class))+1)])
	}
	return out.String()
}

// letterOf is the first letter of the state in a line's class; a blank for none.
func letterOf(class string) string {
	_, state, marked := strings.Cut(class, "l-")
	if !marked || state == "" {
		return " "
	}
	return state[:1]
}

// changed says what a reader does not show yet.
type changed struct{ parts, boxes, lines []bool }

// Since is the drawing of what a reader does not show yet who shows have; false when that is another shape,
// and all of it must be drawn.
func (c *Canvas) Since(have string) (*Canvas, bool) {
	is := c.Have()
	if len(have) != len(is) || !strings.HasPrefix(have, c.shape) {
		return c, false
	}
	at := len(c.shape)
	next := func(width int) bool {
		at += width
		return have[at-width:at] != is[at-width:at]
	}
	var ch changed
	for range c.parts {
		ch.parts = append(ch.parts, next(faceLetters))
	}
	for range c.boxes {
		ch.boxes = append(ch.boxes, next(faceLetters))
	}
	for range c.lines {
		ch.lines = append(ch.lines, next(1))
	}
	out := *c
	out.only = &ch
	return &out, true
}

func (c *Canvas) showsPart(i int) bool { return c.only == nil || c.only.parts[i] }
func (c *Canvas) showsBox(i int) bool  { return c.only == nil || c.only.boxes[i] }
func (c *Canvas) showsLine(i int) bool { return c.only == nil || c.only.lines[i] }

// curve is the way of a line from the foot of one part to the head of the other, or from side to side
// where they stand in one row. The script that moves parts draws the same.
func curve(a, b drawing.Placed) string {
	const w, h = drawing.BoxWidth, drawing.BoxHeight
	switch {
	case b.Y >= a.Y+h:
		return upright(a.X+w/2, a.Y+h, b.X+w/2, b.Y)
	case b.Y+h <= a.Y:
		return upright(a.X+w/2, a.Y, b.X+w/2, b.Y+h)
	case b.X > a.X:
		return level(a.X+w, a.Y+h/2, b.X, b.Y+h/2)
	}
	return level(a.X, a.Y+h/2, b.X+w, b.Y+h/2)
}

func upright(x1, y1, x2, y2 float64) string {
	m := (y1 + y2) / 2
	return "M" + pair(x1, y1) + "C" + pair(x1, m) + " " + pair(x2, m) + " " + pair(x2, y2)
}

func level(x1, y1, x2, y2 float64) string {
	m := (x1 + x2) / 2
	return "M" + pair(x1, y1) + "C" + pair(m, y1) + " " + pair(m, y2) + " " + pair(x2, y2)
}

func pair(x, y float64) string { return num(x) + "," + num(y) }

// num is a length in tenths of a pixel.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// fit cuts a title to what a box has room for.
func fit(s string, most int) string {
	letters := []rune(s)
	if len(letters) <= most {
		return s
	}
	return strings.TrimSpace(string(letters[:most-1])) + "…"
}

// titleLetters fit into a box beside its edge, wordLetters beside its icon.
const (
	titleLetters = 19
	wordLetters  = 20
)
