package host

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// pair is what a comparison is about. It never changes: a generation stays what it is.
type pair struct {
	roll       RollID
	root       RootID
	generation int64
}

// comparison is a generation of a root beside a manifest.
type comparison struct {
	counts Counts
	list   []Difference
}

const (
	maxDifferences = 100   // that are kept of a host
	maxCompared    = 2_000 // comparisons that are remembered
	compareSize    = 5_000 // rows that are looked at together
)

// Compare says how it stands with a roll.
func (s *Service) Compare(ctx context.Context, by actor.Actor, name string) (r Report, err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return r, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		roll, err := loadedRoll(tx, name)
		if err != nil {
			return err
		}
		r, err = s.report(tx, roll)
		return err
	})
	return r, err
}

func (s *Service) report(tx *db.Tx, roll Roll) (Report, error) {
	r := Report{Roll: roll, At: tx.Now()}
	roots, err := rootsAt(tx, roll.Root)
	if err != nil {
		return r, err
	}
	names, err := roll.names(tx, roots)
	if err != nil {
		return r, err
	}
	for i, name := range names {
		root, known := roots[name]
		st := Standing{Number: i + 1, Host: name, State: Unknown, Root: root}
		if known {
			c, err := s.compare(tx, roll, root)
			if err != nil {
				return r, err
			}
			st.Counts, st.Differences, st.Cut = c.counts, c.list, c.counts.All() > len(c.list)
			st.State = hostState(!root.Silent(r.At), c.counts)
		}
		r.Standings = append(r.Standings, st)
	}
	return r, nil
}

// names are the hosts that the roll is for, sorted. One that it names is among them even when
// nothing is known of it.
func (r Roll) names(tx *db.Tx, roots map[string]Root) ([]string, error) {
	var out []string
	if len(r.Hosts) == 0 {
		for name := range roots {
			out = append(out, name)
		}
	}
	var all []Host
	for _, want := range r.Hosts {
		if !isPattern(want) {
			out = append(out, want)
			continue
		}
		if all == nil {
			var err error
			if all, err = hosts(tx, ""); err != nil {
				return nil, err
			}
		}
		for _, h := range all {
			if fitsName(want, h.Name) {
				out = append(out, h.Name)
			}
		}
	}
	slices.SortFunc(out, byNumber)
	return slices.Compact(out), nil
}

// byNumber sorts web2 before web10.
func byNumber(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n > 0 && m > 0 && n != m {
			return n - m // hosts seldom have leading zeros of different lengths
		}
		if x[0] != y[0] {
			break
		}
		x, y = x[1:], y[1:]
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// digits is how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// compare looks at one root, or remembers.
func (s *Service) compare(tx *db.Tx, roll Roll, root Root) (comparison, error) {
	key := pair{roll.ID, root.ID, root.generation}
	s.mu.Lock()
	c, known := s.compared[key]
	s.mu.Unlock()
	if known {
		return c, nil
	}
	if err := c.files(tx, roll, root); err != nil {
		return c, err
	}
	if roll.Strict {
		if err := c.extras(tx, roll, root); err != nil {
			return c, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.compared) >= maxCompared {
		clear(s.compared)
	}
	s.compared[key] = c
	return c, nil
}

func (c *comparison) note(d Difference) {
	c.counts.add(d.State, 1)
	if len(c.list) < maxDifferences {
		c.list = append(c.list, d)
	}
}

// files finds what the manifest names and is not so.
func (c *comparison) files(tx *db.Tx, roll Roll, root Root) error {
	for after := ""; ; {
		found, err := db.All(tx, scanDifference, `
			SELECT m.path_key, m.path, m.sha256, f.sha256, f.size, f.mode, f.owner, f.modified,
				EXISTS (SELECT 1 FROM host_change c WHERE c.root = ? AND c.path_key = m.path_key AND c.generation <= ? AND c.seen >= ?
					AND (c.old_sha256 = m.sha256 OR c.new_sha256 = m.sha256))
			FROM roll_file m LEFT JOIN host_file f ON f.root = ? AND f.path_key = m.path_key AND `+present+`
			WHERE m.roll = ? AND m.path_key > ? AND (f.sha256 IS NULL OR f.sha256 <> m.sha256)
			ORDER BY m.path_key LIMIT ?`,
			string(root.ID), root.generation, roll.Since, string(root.ID), root.generation, root.generation, string(roll.ID), after, compareSize)
		if err != nil {
			return err
		}
		for _, d := range found {
			c.note(d)
		}
		if len(found) < compareSize {
			return nil
		}
		after = keyOf(found[len(found)-1].Path)
	}
}

func scanDifference(s db.Scanner) (d Difference, err error) {
	var key string
	var size *int64
	var right bool
	err = s.Scan(&key, &d.Path, &d.Want, db.Text(&d.SHA256), &size, db.Text(&d.Mode), db.Text(&d.Owner), db.Time(&d.Modified), &right)
	d.Path = whole(key, d.Path)
	if size != nil {
		d.Size = *size
	}
	d.State = fileState(size != nil, right)
	return d, err
}

// extras finds what the manifest does not name.
func (c *comparison) extras(tx *db.Tx, roll Roll, root Root) error {
	for after := ""; ; {
		found, err := db.All(tx, scanFile, `
			SELECT `+fileColumns+` FROM host_file f
			WHERE f.root = ? AND f.path_key > ? AND `+present+` AND f.mode NOT LIKE 'L%'
				AND NOT EXISTS (SELECT 1 FROM roll_file m WHERE m.roll = ? AND m.path_key = f.path_key)
			ORDER BY f.path_key LIMIT ?`,
			string(root.ID), after, root.generation, root.generation, string(roll.ID), compareSize)
		if err != nil {
			return err
		}
		for _, f := range found {
			if !fitsAny(roll.Ignore, f.Path) {
				c.note(Difference{State: Extra, File: f})
			}
		}
		if len(found) < compareSize {
			return nil
		}
		after = keyOf(found[len(found)-1].Path)
	}
}
