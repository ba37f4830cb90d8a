package search

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// query is a LogsQL text cut at its pipes. Its comments are left out: what is put behind one would belong to it.
type query struct {
	filter string
	pipes  []string
}

// cut cuts a text at the bars that stand outside of quotation marks, brackets and comments.
func cut(logsql string) query {
	var parts []string
	var part strings.Builder
	depth := 0
	for i := 0; i < len(logsql); {
		n := token(logsql[i:])
		text := logsql[i : i+n]
		i += n
		switch text[0] {
		case '#':
			text = " "
		case '"', '`', '\'':
			if n == 1 { // of no string, and what follows must not make it one
				text = strconv.Quote(text)
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '|':
			if depth <= 0 {
				parts = append(parts, ended(part.String()))
				part.Reset()
				text, depth = "", 0
			}
		}
		part.WriteString(text)
	}
	parts = append(parts, ended(part.String()))
	q := query{filter: parts[0], pipes: parts[1:]}
	if q.filter == "" {
		q.filter = "*"
	}
	return q
}

// ended is a part without blanks around it. An operator at its end gets the empty value that it has there: the
// engine would otherwise take for its value what follows, a bar included.
func ended(part string) string {
	part = strings.TrimSpace(part)
	if part != "" && strings.ContainsRune("=~<>:", rune(part[len(part)-1])) {
		return part + `""`
	}
	return part
}

// token is the length of the quoted string or the comment with which a text begins, and otherwise 1. A mark that
// the engine does not take for the beginning of a string (lexer.nextToken) is a character like others.
func token(text string) int {
	switch text[0] {
	case '#':
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return end + 1
		}
		return len(text)
	case '"', '`':
		if s, err := strconv.QuotedPrefix(text); err == nil {
			return len(s)
		}
	case '\'':
		return single(text)
	}
	return 1
}

// single is token for a string in single quotation marks, which in LogsQL may be longer than a character.
func single(text string) int {
	rest := text[1:]
	for !strings.HasPrefix(rest, "'") {
		var err error
		if _, _, rest, err = strconv.UnquoteChar(rest, '\''); err != nil {
			return 1
		}
	}
	return len(text) - len(rest) + 1
}

// text is the query with other pipes behind its own.
func (q query) text(more ...string) string {
	return strings.Join(slices.Concat([]string{q.filter}, q.pipes, more), " | ")
}

var (
	counting = regexp.MustCompile(`(?i)^(stats\b|by\s*\(|(count|count_empty|count_uniq|count_uniq_hash|sum|sum_len|avg|min|max|median|quantile|stddev|` +
		`rate|rate_sum|histogram|uniq_values|values|json_values|row_any|row_max|row_min)\s*\()`)
	tabling    = regexp.MustCompile(`(?i)^(top|uniq|facets|field_names|field_values|blocks_count|block_stats|query_stats)\b`)
	reordering = regexp.MustCompile(`(?i)^(sort|order|limit|head|offset|skip|first|last|sample|join|union|running_stats|total_stats)\b`)
	choosing   = regexp.MustCompile(`(?i)^(fields|keep|delete|del|rm|drop)\b`)
	sorting    = regexp.MustCompile(`(?i)^(sort|order|first|last|top)\b`)
	keeping    = regexp.MustCompile(`(?i)^(extract|extract_regexp|unpack_\w+|replace|replace_regexp|format|math|eval|copy|cp|rename|mv|len|hash|pack_\w+|decolorize|collapse_nums)\b`)
	widening   = regexp.MustCompile(`(?i)^stream_context\b`)
)

func (q query) any(is *regexp.Regexp) bool { return slices.ContainsFunc(q.pipes, is.MatchString) }

// counts reports whether the query ends in numbers of lines, and not in lines.
func (q query) counts() bool { return q.any(counting) }

// tables reports whether the answer is a table of its own making.
func (q query) tables() bool { return q.counts() || q.any(tabling) }

// paged reports whether the answer are lines in the order of time, which can be turned like pages.
func (q query) paged() bool { return !q.tables() && !q.any(reordering) && !q.any(choosing) }

// taking are the pipes that take lines apart and leave them lines; they can be asked of one line.
func (q query) taking() []string {
	if !q.paged() || q.any(widening) {
		return nil
	}
	return q.pipes
}

// newest is the query for the newest rows that it finds. Where no pipe drops a line, only those that
// are wanted go through the pipes.
func (q query) newest(n int) string {
	sorted := "sort by (_time desc) limit " + strconv.Itoa(n)
	if slices.ContainsFunc(q.pipes, func(p string) bool { return !keeping.MatchString(p) }) {
		return q.text(sorted)
	}
	return query{q.filter, append([]string{sorted}, q.pipes...)}.text()
}

var (
	alternative = regexp.MustCompile(`(?i)(^|[\s)])or([\s(]|$)`)
	bareName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
)

// narrow adds a filter to a query, in front of its pipes.
func (q query) narrow(filter string) string {
	switch {
	case q.filter == "*":
		q.filter = filter
	case alternative.MatchString(q.filter):
		q.filter = "(" + q.filter + ") " + filter
	default:
		q.filter += " " + filter
	}
	return q.text()
}

// Is is the filter for lines whose field has exactly a value.
func Is(name, value string) string {
	if !bareName.MatchString(name) || connectives.MatchString(name) {
		name = strconv.Quote(name)
	}
	return name + ":=" + strconv.Quote(value)
}

// With narrows a LogsQL text to lines whose field has the value.
func With(logsql, name, value string) string { return cut(logsql).narrow(Is(name, value)) }

// Without narrows a LogsQL text to lines whose field does not have the value.
func Without(logsql, name, value string) string { return cut(logsql).narrow("!" + Is(name, value)) }

// Counts reports whether a LogsQL text ends in a stats pipe.
func Counts(logsql string) bool { return cut(logsql).counts() }

// CanTail reports whether what arrives can be watched with a LogsQL text: its lines stay lines.
func CanTail(logsql string) bool { return cut(logsql).paged() && !cut(logsql).any(widening) }

// known are the words with which a pipe of the engine begins (VictoriaLogs v1.121, lib/logstorage/pipe.go),
// besides the functions of stats, which are followed by a bracket.
var known = regexp.MustCompile(`(?i)^(block_stats|blocks_count|by|collapse_nums|copy|cp|decolorize|del|delete|drop|drop_empty_fields|eval|extract|extract_regexp|` +
	`facets|field_names|field_values|fields|filter|first|format|hash|head|join|json_array_len|keep|last|len|limit|math|mv|offset|order|pack_json|pack_logfmt|` +
	`rename|replace|replace_regexp|rm|running_stats|sample|skip|sort|stats|stats_remote|stream_context|time_add|top|total_stats|union|uniq|` +
	`unpack_json|unpack_logfmt|unpack_syslog|unpack_words|unroll|where)\b`)

var wordFirst = regexp.MustCompile(`^[A-Za-z_]+(\s|$)`)

// Strange returns what stands behind a bar of a LogsQL text, begins with a plain word, and is no pipe. The
// engine takes it as a filter, which is seldom what was meant: a pipe that is misspelt finds nothing.
func Strange(logsql string) []string {
	var out []string
	for _, p := range cut(logsql).pipes {
		if wordFirst.MatchString(p) && !known.MatchString(p) {
			out = append(out, p)
		}
	}
	return out
}

// Then is a LogsQL text with another pipe behind its own.
func Then(logsql, pipe string) string { return cut(logsql).text(pipe) }

// Piped reports whether a LogsQL text does more than filter.
func Piped(logsql string) bool { return len(cut(logsql).pipes) > 0 }
