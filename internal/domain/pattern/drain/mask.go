package drain

import "strings"

// Wildcards. Any stands where lines of a template differed, the others where a value was masked.
const (
	Any    = "<*>"
	Num    = "<num>"
	IP     = "<ip>"
	UUID   = "<uuid>"
	Time   = "<time>"
	Hex    = "<hex>"
	Path   = "<path>"
	Quoted = "<quoted>"
	Ident  = "<id>" // letters and digits mixed
)

var wildcards = []string{Any, Num, IP, UUID, Time, Hex, Path, Quoted, Ident}

// Limits of what is looked at of a line; the rest is Any.
const (
	maxTokens  = 64
	maxLine    = 1 << 10
	maxLiteral = 100 // bytes of a token
	maxQuoted  = 512 // bytes until a quote must be closed
	maxKnown   = 20_000
)

// masker takes lines apart. Its results live until the next line.
type masker struct {
	tokens []string
	words  []word
	wide   shapes
	buf    []byte
	known  map[string]string       // masked tokens, so that equal ones are made once
	recent [1 << recentBits]string // some of them, by a hash that costs less than the map's

	line   string
	copied int  // up to where the token is in buf
	masked bool // whether the token has a wildcard
	word   bool
	angled bool // whether the token may hold a wildcard with spaces in it, or what looks like one
	ended  bool // whether the token has been added already
}

// split makes tokens of one line: what stands between white space, with values masked.
func (m *masker) split(line string) {
	m.tokens, m.words, m.wide, m.line = m.tokens[:0], m.words[:0], 0, line
	cut := len(line) > maxLine
	if cut {
		m.line = strings.ToValidUTF8(line[:maxLine], "") // not within a letter
	}
	for at := skipSpace(m.line, 0); at < len(m.line); at = skipSpace(m.line, at) {
		if len(m.tokens) > maxTokens-4 {
			cut = true
			break
		}
		at = m.token(at)
	}
	if cut {
		m.add(Any, noWord)
	}
}

func (m *masker) add(token string, is word) { m.append(token, is, true) }

// append adds a token, which is looked at for wildcards with spaces in them where it may have any.
func (m *masker) append(token string, is word, angled bool) {
	if len(token) > maxLiteral {
		token, is = Any, noWord
	}
	if angled && isWide(token) {
		m.wide = m.wide.with(len(m.tokens))
	}
	m.tokens, m.words = append(m.tokens, token), append(m.words, is)
}

// token reads the token at an offset and returns where it ends.
func (m *masker) token(start int) int {
	s := m.line
	m.buf, m.copied, m.masked, m.word = m.buf[:0], start, false, false
	m.angled, m.ended = false, false
	at := start
	for at < len(s) && class[s[at]]&space == 0 {
		c := class[s[at]]
		switch {
		case c&(letter|digit) != 0:
			at = m.run(at, start)
		case c&quote != 0 && (at == start || class[s[at-1]]&letter == 0):
			if at = m.quoted(at); m.ended {
				return at
			}
		case s[at] == '/' && (at == start || class[s[at-1]]&(letter|digit) == 0):
			at = m.path(at, at)
		default:
			m.angled = m.angled || s[at] == '<'
			at++
		}
	}
	if !m.masked {
		m.append(s[start:at], m.kind(pureWord), m.angled)
		return at
	}
	m.buf = append(m.buf, s[m.copied:at]...)
	m.append(m.intern(), m.kind(maskedWord), m.angled)
	return at
}

// shapes says which tokens have a value that may have spaces in it. Lines that differ in that are
// never of one template, so that a template says what its wildcards stand for.
type shapes uint64

func (s shapes) with(i int) shapes { return s | 1<<min(i, 63) }

func (s shapes) has(i int) bool { return s&(1<<min(i, 63)) != 0 }

func isWide(token string) bool {
	return strings.IndexByte(token, '<') >= 0 && (strings.Contains(token, Quoted) || strings.Contains(token, Time))
}

func shapesOf(tokens []string) (s shapes) {
	for i, t := range tokens {
		if isWide(t) {
			s = s.with(i)
		}
	}
	return s
}

// word says whether a token has a letter outside its wildcards, and whether it has wildcards.
type word uint8

const (
	noWord word = iota
	maskedWord
	pureWord
)

func (m *masker) kind(of word) word {
	if m.word {
		return of
	}
	return noWord
}

const recentBits = 8

// intern is the masked token as a text.
func (m *masker) intern() string {
	n := len(m.buf) // at least a wildcard's
	slot := &m.recent[(uint32(m.buf[0])<<16|uint32(m.buf[1])<<8|uint32(m.buf[n-2])^uint32(n)<<12)*0x9e3779b1>>(32-recentBits)]
	if *slot != string(m.buf) {
		*slot = m.lookUp()
	}
	return *slot
}

func (m *masker) lookUp() string {
	if t, ok := m.known[string(m.buf)]; ok {
		return t
	}
	if m.known == nil || len(m.known) >= maxKnown {
		m.known = map[string]string{}
	}
	t := string(m.buf)
	m.known[t] = t
	return t
}

// put replaces what stands between two offsets.
func (m *masker) put(from, to int, wildcard string) int {
	m.buf = append(m.buf, m.line[m.copied:from]...)
	m.buf = append(m.buf, wildcard...)
	m.copied, m.masked = to, true
	m.angled = m.angled || wildcard == Quoted || wildcard == Time
	return to
}

// run deals with a run of letters, digits and what joins them, and returns where it ends.
func (m *masker) run(at, start int) int {
	s := m.line
	end, seen := at, uint8(0)
	for end < len(s) && class[s[end]]&(letter|digit|joins) != 0 {
		seen |= class[s[end]]
		end++
	}
	for end > at && class[s[end-1]]&(letter|digit) == 0 {
		end--
	}
	if seen&digit == 0 {
		if at == start && end-at == 3 {
			if e := syslogTime(s, at); e > 0 {
				return m.put(at, e, Time)
			}
		}
		m.word = true
		return end
	}
	run := s[at:end]
	if n := timeIn(s, at); n > at {
		return m.put(at, n, Time)
	}
	switch {
	case isUUID(run):
		return m.put(at, end, UUID)
	case strings.Contains(run, "://"):
		return m.path(at, strings.Index(run, "://")+at)
	}
	if n := ipIn(run); n > 0 {
		at = m.put(at, at+n, IP)
	}
	m.pieces(at, end)
	return end
}

// pieces masks the numbers and identifiers of a run.
func (m *masker) pieces(at, end int) {
	s := m.line
	for at < end {
		if class[s[at]]&(letter|digit) == 0 {
			at++
			continue
		}
		to := at
		digits, letters, beyond, turns := 0, 0, 0, 0
		for to < end && class[s[to]]&(letter|digit) != 0 {
			c := class[s[to]]
			if c&digit != 0 {
				digits++
				if to == at || class[s[to-1]]&digit == 0 {
					turns++
				}
			} else {
				letters++
				if c&hexa == 0 {
					beyond++
				}
			}
			to++
		}
		at = m.piece(at, to, end, shape{digits, letters, beyond, turns})
	}
}

// shape counts the characters of a piece: digits, letters, letters beyond f, runs of digits.
type shape struct{ digits, letters, beyond, turns int }

func (m *masker) piece(at, to, end int, p shape) int {
	s := m.line
	switch {
	case p.digits == 0:
		m.word = true
		return to
	case p.letters == 0:
		return m.put(at, decimal(s, to, end), Num)
	case to-at > 2 && s[at] == '0' && s[at+1] == 'x' && p.beyond == 1, p.beyond == 0 && to-at >= 8:
		return m.put(at, to, Hex)
	case p.turns >= 3:
		return m.put(at, to, Ident)
	}
	for at < to {
		if class[s[at]]&digit == 0 {
			m.word = true
			at++
			continue
		}
		n := at
		for n < to && class[s[n]]&digit != 0 {
			n++
		}
		if n == to {
			n = decimal(s, n, end)
		}
		m.put(at, n, Num)
		at = max(n, at)
	}
	return max(at, to)
}

// decimal is where a number ends whose digits go on to an offset: behind 1.5, 1.2.3 and 1.5ms's 1.5.
func decimal(s string, at, end int) int {
	for at+1 < end && s[at] == '.' && class[s[at+1]]&digit != 0 {
		at++
		for at < end && class[s[at]]&digit != 0 {
			at++
		}
	}
	return at
}

// path reads a path or an address from its first slash on, and masks it when it has a digit.
func (m *masker) path(from, at int) int {
	s := m.line
	end, digits := at, false
	for i := from; i < at; i++ {
		digits = digits || class[s[i]]&digit != 0
	}
	for end < len(s) && class[s[end]]&(space|closes) == 0 {
		digits = digits || class[s[end]]&digit != 0
		end++
	}
	for end > at+1 && (s[end-1] == '.' || s[end-1] == ':') {
		end--
	}
	if digits {
		return m.put(from, end, Path)
	}
	m.word = true
	return end
}

// quoted masks a quoted value; the request of an HTTP log is kept as far as it is no value.
func (m *masker) quoted(at int) int {
	s := m.line
	stop := min(len(s), at+maxQuoted)
	for end := at + 1; end < stop; end++ {
		n := strings.IndexByte(s[end:stop], s[at])
		if n < 0 {
			break
		}
		if end += n; s[end-1] == '\\' {
			continue
		}
		if end+1 < len(s) && class[s[end+1]]&(letter|digit) != 0 {
			continue // the apostrophe of a word
		}
		if verb := httpVerb(s[at+1 : end]); verb > 0 && m.copied == at && !m.masked {
			return m.request(at, at+1+verb, end)
		}
		return m.put(at, end+1, Quoted)
	}
	return at + 1
}

// request makes tokens of the request of an HTTP log: the verb, the path, and the status where it
// follows, which says more of a line than any other number.
func (m *masker) request(at, verb, end int) int {
	s := m.line
	m.ended = true
	m.add(s[at:verb], pureWord)
	m.add(Path, noWord)
	if status := end + 2; status+3 <= len(s) && s[end+1] == ' ' && allDigits(s[status:status+3]) && skipSpace(s, status+3) != status+3 {
		m.add(s[status:status+3], pureWord)
		return status + 3
	}
	return end + 1
}
