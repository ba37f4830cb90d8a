package smtp

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed mail.html
var page string

var mailPage = template.Must(template.New("mail").Parse(page))

func (l letter) html() (string, error) {
	var b strings.Builder
	err := mailPage.Execute(&b, l)
	return b.String(), err
}

const repeatNote = "This may be a repeat: an earlier attempt to send it was cut off."

// RepeatNote is what a possible repeat says.
func (l letter) RepeatNote() string { return repeatNote }

// text is the mail for programs, watches and people that read plain text.
func (l letter) text() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	if l.Bundle() {
		l.overview(line)
	}
	for n, i := range l.Items {
		if n > 0 {
			line("\n--------\n")
		}
		i.write(line)
	}
	line()
	if l.Why != "" {
		line("Why you: ", l.Why)
	}
	line("Sent ", l.Sent)
	if l.Repeat {
		line(repeatNote)
	}
	return b.String()
}

// overview is the table of a bundle: one line for each, so that a glance is enough.
func (l letter) overview(line func(...string)) {
	line(l.Count(), ":\n")
	for _, i := range l.Items {
		line("  ", pad(i.Badge(), 5), pad(i.Incident, 10), i.Title)
	}
	line("\n--------\n")
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(1, width-len(s)))
}

func (i item) write(line func(...string)) {
	heading := i.Heading()
	if badge := i.Badge(); badge != "" {
		heading = "[" + badge + "] " + heading
	}
	line(heading)
	if i.Service != "" {
		line("Service: ", i.Service)
	}
	if i.Text != "" {
		line("\n", i.Text)
	}
	line()
	if i.AckURL != "" {
		line(i.AckLabel(), ":\n", i.AckURL)
	}
	if i.URL != "" {
		line("Open:\n", i.URL)
	}
}
