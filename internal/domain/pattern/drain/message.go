package drain

import "strings"

// tokens takes a message apart: its first line, and what the further ones are.
func (m *masker) message(text string) {
	first, rest, more := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	m.split(first)
	if more {
		if kind := further(first, rest); kind != "" {
			m.add(kind, pureWord)
		}
	}
	if len(m.tokens) == 0 {
		m.add(noMessage, pureWord)
	}
}

// noMessage stands for a line without a message.
const noMessage = "(empty)"

// lookInto bounds how much is read behind the first line.
const lookInto = 8 << 10

// further says of what kind the lines behind the first are: "(java IOException)", "(python
// trace)", "(go trace)", "(more lines)"; "" when there are none.
func further(first, rest string) string {
	if strings.TrimSpace(rest) == "" {
		return ""
	}
	head := rest[:min(len(rest), lookInto)]
	kind := ""
	switch {
	case strings.HasPrefix(first, "Traceback "), strings.Contains(head, "Traceback (most recent call last)"):
		kind = "python"
		last := strings.TrimRight(rest, "\r\n")
		head = last[strings.LastIndexByte(last, '\n')+1:]
	case strings.Contains(head, "\tat "), strings.HasPrefix(head, "   at "):
		kind = "java"
	case strings.HasPrefix(head, "goroutine "), strings.Contains(head, "\ngoroutine "):
		return "(go:trace)"
	default:
		return "(more:lines)"
	}
	line, _, _ := strings.Cut(head, "\n")
	if name := exception(line); name != "" {
		return "(" + kind + ":" + name + ")"
	}
	return "(" + kind + ":trace)"
}

// exception is the class with which a line begins: IOException of "java.io.IOException: broken".
func exception(line string) string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "Caused by: ")
	end := 0
	for end < len(line) && end < maxLiteral && line[end] < 0x80 && (class[line[end]]&(letter|digit) != 0 || line[end] == '.' || line[end] == '$') {
		end++
	}
	if end < len(line) && line[end] != ':' && line[end] != '\r' {
		return ""
	}
	name := line[strings.LastIndexByte(line[:end], '.')+1 : end]
	for _, ending := range []string{"Exception", "Error", "Throwable", "Warning", "Interrupt", "Exit"} {
		if strings.HasSuffix(name, ending) {
			return name
		}
	}
	return ""
}

// isFurther reports whether a token stands for further lines, or for none, instead of text.
func isFurther(token string) bool {
	return token == noMessage || strings.HasPrefix(token, "(") && strings.HasSuffix(token, ")") && strings.Contains(token, ":")
}
