package drain

// tree finds templates by the number of tokens and the first two words of a line.
type tree struct {
	origin Origin
	byLen  [maxTokens + 2]*node
	rest   *Template // the catch-all
	full   bool      // nothing is born here
}

type node struct {
	children  map[string]*node
	others    *node // what came when there were maxChildren already
	templates []*Template
}

// keys are the first two words of a line that have no value in them, "" where it has fewer: hosts
// and process numbers tell nothing of what a line says.
func keys(tokens []string, words []word) (out [2]string) {
	n := 0
	for i, is := range words {
		if is == pureWord {
			out[n] = tokens[i]
			if n++; n == len(out) {
				break
			}
		}
	}
	return out
}

// leaves calls look with each leaf that may hold a line's template, until it says that it is
// enough. There are several where nodes have run over.
func (t *tree) leaves(tokens []string, words []word, look func(*node) bool) {
	root := t.byLen[len(tokens)]
	if root == nil {
		return
	}
	k := keys(tokens, words)
	for _, first := range [...]*node{root.children[k[0]], root.others} {
		if first == nil {
			continue
		}
		for _, leaf := range [...]*node{first.children[k[1]], first.others} {
			if leaf != nil && look(leaf) {
				return
			}
		}
	}
}

// exact is the template that a line matches as it is: of several the one that says most.
func (t *tree) exact(line *masker) (best *Template) {
	most := -1
	t.leaves(line.tokens, line.words, func(leaf *node) bool {
		for _, c := range leaf.templates {
			if c.wide != line.wide || !fitsAll(c.tokens, line.tokens) {
				continue
			}
			if n := specific(c.tokens); n > most {
				best, most = c, n
			}
		}
		return most == len(line.tokens)
	})
	return best
}

// specific counts the tokens that are not Any.
func specific(tokens []string) (n int) {
	for _, t := range tokens {
		if t != Any {
			n++
		}
	}
	return n
}

// nearest is the template that is most similar to a line, and similar enough: of equal ones the
// oldest.
func (t *tree) nearest(line *masker) (best *Template) {
	tokens, words := line.tokens, line.words
	total, nWords := len(tokens), 0
	for _, w := range words {
		if w != noWord {
			nWords++
		}
	}
	most := 0
	t.leaves(line.tokens, line.words, func(leaf *node) bool {
		for _, c := range leaf.templates {
			if c.wide != line.wide {
				continue
			}
			sameWords, same := 0, 0
			for i, token := range c.tokens {
				if token == tokens[i] {
					same++
					if words[i] != noWord {
						sameWords++
					}
				}
			}
			// Of two words and fewer both must agree: half a line says too little.
			enough := nWords > 2 && float64(sameWords) >= similar*float64(nWords) || nWords > 0 && nWords <= 2 && sameWords == nWords ||
				nWords == 0 && float64(same) >= similar*float64(total)
			if score := sameWords*2*maxTokens + same; enough && score > most {
				best, most = c, score
			}
		}
		return false
	})
	return best
}

// room reports whether the leaf for a line can take another template.
func (t *tree) room(tokens []string, words []word) bool {
	at := t.byLen[len(tokens)]
	for _, key := range keys(tokens, words) {
		if at == nil {
			return true
		}
		next := at.children[key]
		if next == nil && len(at.children) >= maxChildren {
			next = at.others
		}
		at = next
	}
	return at == nil || len(at.templates) < maxLeaf
}

// place is the leaf in which a template is put, made where it is missing.
func (t *tree) place(tokens []string, words []word) *node {
	at := t.byLen[len(tokens)]
	if at == nil {
		at = &node{}
		t.byLen[len(tokens)] = at
	}
	for _, key := range keys(tokens, words) {
		at = at.child(key)
	}
	return at
}

func (n *node) child(key string) *node {
	if c := n.children[key]; c != nil {
		return c
	}
	if len(n.children) >= maxChildren {
		if n.others == nil {
			n.others = &node{}
		}
		return n.others
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	c := &node{}
	n.children[key] = c
	return c
}
