package drawing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/domain/catalogue"
)

// Write is the text form of a drawing, as Parse reads it.
func Write(spec Spec, p Picture) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", strings.Join(strings.Fields(p.Service.Title), " "))
	if spec.TwoColours {
		out.WriteString("colours two\n")
	}
	for _, g := range spec.Groups {
		out.WriteString("group " + g.Name)
		writeTitle(&out, g.Title)
		writeNumber(&out, "needs", g.Needs)
		out.WriteByte('\n')
	}
	for _, part := range p.Parts {
		writePart(&out, part)
	}
	weights := map[[2]string]int{}
	for _, l := range spec.Links {
		weights[[2]string{l.From, l.To}] = l.Weight
	}
	for _, l := range p.Lines {
		from, to := p.Parts[l.From].Name, p.Parts[l.To].Name
		fmt.Fprintf(&out, "link %s -> %s", from, to)
		writeNumber(&out, "weight", weights[[2]string{from, to}])
		out.WriteByte('\n')
	}
	for _, q := range spec.Quorums {
		fmt.Fprintf(&out, "quorum %s needs %d of %s\n", q.Component, q.Needs, strings.Join(q.Of, " "))
	}
	writeBearers(&out, "function", spec.Functions)
	writeBearers(&out, "users", spec.UserGroups)
	return out.String()
}

func writePart(out *strings.Builder, p Placed) {
	fmt.Fprintf(out, "component %s %s", p.Name, p.Layer)
	if p.Title != p.Name {
		writeTitle(out, p.Title)
	}
	if p.Fixed {
		fmt.Fprintf(out, " at %s,%s", number(p.X), number(p.Y))
	}
	if p.Group != "" {
		out.WriteString(" in " + p.Group)
	}
	if p.Weight != 100 {
		writeNumber(out, "weight", p.Weight)
	}
	out.WriteByte('\n')
}

func writeBearers(out *strings.Builder, verb string, list []Bearer) {
	for _, b := range list {
		out.WriteString(verb)
		writeTitle(out, b.Name)
		out.WriteString(" needs " + strings.Join(b.Needs, " ") + "\n")
	}
}

func writeTitle(out *strings.Builder, title string) {
	if title != "" {
		out.WriteString(` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(title) + `"`)
	}
}

func writeNumber(out *strings.Builder, what string, n int) {
	if n > 0 {
		out.WriteString(" " + what + " " + strconv.Itoa(n))
	}
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// wants is what the catalogue must be like for a sketch: the components that are made or that get other
// dependencies. Among the components of the sketch its links are all there are; others stay.
func (s Sketch) wants(of catalogue.Service, names known, specs map[string]catalogue.ComponentSpec) (list []catalogue.NamedComponent, lines []int, faults []lineFault) {
	for _, part := range s.Parts {
		have, exists := names[part.Name]
		if !exists && part.Layer == "" {
			faults = append(faults, lineFault{part.Line, fmt.Sprintf("makes the component %q: say in which layer it is, such as application", part.Name)})
			continue
		}
		if fault := part.contradicts(have, exists); fault != "" {
			faults = append(faults, lineFault{part.Line, fault})
			continue
		}
		spec := specs[part.Name]
		if !exists {
			spec = catalogue.ComponentSpec{Title: part.Title, Layer: string(part.Layer), Service: of.Name}
		}
		depends := s.depends(part.Name, spec.DependsOn)
		if exists && slices.Equal(depends, spec.DependsOn) {
			continue
		}
		if exists && have.Service != "" && have.Service != of.ID {
			faults = append(faults, lineFault{part.Line, fmt.Sprintf("gives %s other links than it has, but it belongs to the service %s: change it there", part.Name, have.ServiceName)})
			continue
		}
		spec.DependsOn = depends
		list, lines = append(list, catalogue.NamedComponent{Name: part.Name, Spec: spec}), append(lines, part.Line)
	}
	return list, lines, faults
}

type lineFault struct {
	line    int
	message string
}

func (p SketchPart) contradicts(have catalogue.Component, exists bool) string {
	switch {
	case !exists:
	case p.Layer != "" && p.Layer != have.Layer:
		return fmt.Sprintf("says that %s is in the layer %s, but it is in %s: change it at the component", p.Name, p.Layer, have.Layer)
	case p.Title != "" && p.Title != have.Title:
		return fmt.Sprintf("calls %s %q, but its title is %q: change it at the component", p.Name, shorten(p.Title), shorten(have.Title))
	}
	return ""
}

// depends is what a component needs: what it needed outside of the sketch, and in it what the links say, in
// the order in which it stood before.
func (s Sketch) depends(name string, before []string) []string {
	drawn := map[string]bool{}
	for _, p := range s.Parts {
		drawn[p.Name] = true
	}
	var linked []string
	for _, l := range s.Links {
		if l.From == name {
			linked = append(linked, l.To)
		}
	}
	var out []string
	for _, to := range before {
		if !drawn[to] || slices.Contains(linked, to) {
			out = append(out, to)
		}
	}
	for _, to := range linked {
		if !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	return out
}
