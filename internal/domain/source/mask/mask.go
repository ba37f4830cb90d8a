package mask

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/signal"
)

// Mask hides something before it is stored.
type Mask struct {
	What    string `yaml:"what,omitempty" json:"what,omitempty" doc:"card, iban or secret; none alone stores everything as it comes."`
	Regexp  string `yaml:"regexp,omitempty" json:"regexp,omitempty" doc:"Regular expression (RE2) of what to hide; with a group, that group alone."`
	Replace string `yaml:"replace,omitempty" json:"replace,omitempty" doc:"What stands there instead; [masked] when left out."`
}

// What masks without a regexp hide.
const (
	maskCard   = "card"
	maskIBAN   = "iban"
	maskSecret = "secret"
	maskNone   = "none"
)

// usualMasks are those of a source that names none.
var usualMasks = []Mask{{What: maskCard}, {What: maskIBAN}, {What: maskSecret}}

// masked stands where a secret was.
const masked = "[masked]"

func (m Mask) validate(c *errs.Check, path string) {
	c.Require((m.What == "") != (m.Regexp == ""), path, "must have one of what and regexp")
	c.Require(m.What == "" || slices.Contains([]string{maskCard, maskIBAN, maskSecret, maskNone}, m.What), path+".what",
		"must be card, iban, secret or none, not %q", m.What)
	if m.Regexp != "" {
		re, err := regexp.Compile(m.Regexp)
		c.Require(err == nil, path+".regexp", "is no regular expression: %v", err)
		c.Require(err != nil || !re.MatchString(""), path+".regexp", "matches the empty text, so it would hide everything")
	}
}

// Validate looks at all of them together.
func Validate(c *errs.Check, list []Mask) {
	for i, m := range list {
		m.validate(c, fmt.Sprintf("mask[%d]", i))
		c.Require(m.What != maskNone || len(list) == 1, fmt.Sprintf("mask[%d].what", i), "must stand alone when it is none")
	}
}

// Masker hides what a source's masks say. It may be used by several goroutines at once.
type Masker struct {
	numbers numbers
	secret  string // what stands where a secret was, "" to leave secrets
	custom  []customMask
}

// customMask is a mask by regular expression.
type customMask struct {
	re      *regexp.Regexp
	literal string // in every text that matches, "" when there is no such thing
	replace string
}

// New compiles masks; no masks are the usual ones.
func New(list []Mask) (*Masker, error) {
	if len(list) == 0 {
		list = usualMasks
	}
	m := &Masker{}
	for _, mask := range list {
		switch mask.What {
		case maskCard:
			m.numbers.card, m.numbers.cardAs = true, mask.Replace
		case maskIBAN:
			m.numbers.iban, m.numbers.ibanAs = true, mask.Replace
		case maskSecret:
			m.secret = orMasked(mask.Replace)
		case maskNone:
		default:
			re, err := regexp.Compile(mask.Regexp)
			if err != nil {
				return nil, fmt.Errorf("mask %q: %w", mask.Regexp, err)
			}
			m.custom = append(m.custom, customMask{re, text.Literal(mask.Regexp), orMasked(mask.Replace)})
		}
	}
	return m, nil
}

func orMasked(s string) string {
	if s == "" {
		return masked
	}
	return s
}

// LastRow remembers what the masks made of a row, because many values, such as those of host and
// file, are the same in the next one. The zero value knows nothing. It belongs to one masker.
type LastRow []struct{ name, shown, value, hidden string }

// Row hides what is in the values of all fields, and in their names. Of a field that is named after
// a secret, such as password, nothing is left.
func (m *Masker) Row(r *signal.Row, before *LastRow) {
	if as := m.numbers.instant(r.Time); as != "" {
		r.Time = time.Time{}
		r.Set(signal.OriginalTime, as)
	}
	for len(*before) < len(r.Fields) {
		*before = append(*before, struct{ name, shown, value, hidden string }{})
	}
	for i := range r.Fields {
		f, last := &r.Fields[i], &(*before)[i]
		same := f.Name == last.name
		if !same {
			last.name, last.shown = f.Name, m.builtIn(f.Name)
		}
		if !same || f.Value != last.value {
			last.value = f.Value
			last.hidden = m.field(f.Name, f.Value)
		}
		f.Value = last.hidden
		if len(last.shown) != len(f.Name) || last.shown != f.Name {
			r.Stream = renamed(r.Stream, f.Name, last.shown)
			f.Name = last.shown
		}
	}
}

// renamed is a list of names in which one is another, not the same slice: deliveries share it.
func renamed(names []string, name, as string) []string {
	if i := slices.Index(names, name); i >= 0 {
		names = slices.Clone(names)
		names[i] = as
	}
	return names
}

// field is what stays of a field's value.
func (m *Masker) field(name, value string) string {
	if m.secret != "" && name != "" {
		if fieldHolds(name, value) {
			return m.secret
		}
		if isCookie(name) {
			return m.text(replaced(value, inCookies(nil, value, 0, cookiesOf(name)), m.secret))
		}
	}
	return m.text(value)
}

// text hides what is in one text. Own expressions see what is left.
func (m *Masker) text(s string) string {
	s = m.builtIn(s)
	for i := range m.custom {
		s = m.custom[i].hide(s)
	}
	return s
}

// builtIn hides what masks without an expression do. Secrets go first, so that the rest of one
// does not look like something else. Lines that can have none are passed over at a glance.
func (m *Masker) builtIn(s string) string {
	if len(s) < minSecret {
		return s
	}
	more := false
	if m.secret == "" {
		more = !isASCII(s)
	} else {
		var secret bool
		if secret, more = maySecret(s); secret {
			s = hideSecrets(s, m.secret)
		}
		if more && hasWide(s) {
			s = hideWideSecrets(s, m.secret)
		}
	}
	if len(s) >= minNumber {
		s = m.numbers.hide(s, more)
	}
	return s
}

func (m *customMask) hide(s string) string {
	if s == "" || !strings.Contains(s, m.literal) {
		return s
	}
	var out []span
	for _, at := range m.re.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, groupsOf(at)...)
	}
	return replaced(s, out, m.replace)
}

// groupsOf are the groups of a match that took part in it, or the match when none did.
func groupsOf(at []int) (out []span) {
	for g := 2; g < len(at); g += 2 {
		if at[g] < at[g+1] {
			out = append(out, span{at[g], at[g+1]})
		}
	}
	if len(out) == 0 && at[0] < at[1] {
		out = append(out, span{at[0], at[1]})
	}
	return out
}

// span is a part of a text: from, up to but without to.
type span struct{ from, to int }

// replaced puts something in the place of parts of a text; parts that overlap are one.
func replaced(s string, parts []span, with string) string {
	if len(parts) == 0 {
		return s
	}
	slices.SortFunc(parts, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var b strings.Builder
	b.Grow(len(s))
	at := 0
	for i, p := range parts {
		if i > 0 && p.from < at { // goes on where the last part was
			at = max(at, p.to)
			continue
		}
		b.WriteString(s[at:p.from])
		b.WriteString(with)
		at = p.to
	}
	b.WriteString(s[at:])
	return b.String()
}
