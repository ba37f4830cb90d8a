package host

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// RollID identifies a roll.
type RollID string

// Roll is a release of files: what should lie below a root, on which hosts, and since when.
type Roll struct {
	ID      RollID
	Name    string
	Service string // name, "" for none
	Root    string
	Hosts   []string // names, and patterns with * ? [a-z]; none means all that have the root
	Ignore  []string // paths that a strict roll does not miss in the manifest
	Strict  bool     // files that the manifest does not name are reported
	Files   int64
	Since   time.Time
	Creator string
	Created time.Time
	loaded  bool
	service catalogue.ServiceID
}

// RollRecord names a roll in the ledger.
func RollRecord(id RollID) ledger.Record { return ledger.Record{Kind: "roll", ID: string(id)} }

// RollIn is a roll as people write it.
type RollIn struct {
	Name     string
	Service  string // name; the teams of the service may then keep the roll
	Root     string
	Hosts    []string
	Ignore   []string
	Strict   bool
	Since    time.Time // zero means now
	Manifest []Entry   // from ParseManifest or CheckManifest
}

// RollChanged is the payload of roll.created and roll.deleted.
type RollChanged struct {
	Name    string `json:"name"`
	Root    string `json:"root"`
	Service string `json:"service,omitempty"`
	Files   int64  `json:"files"`
}

const (
	maxRollName = 80
	maxListed   = 1000 // hosts or patterns of a roll
	maxPattern  = 300  // bytes
)

// validRollName reports whether s can be the name of a roll, such as payments-2026.11.21.
func validRollName(s string) bool {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
	}
	return s != "" && len(s) <= maxRollName && !strings.ContainsRune("._-", rune(s[0])) && !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) })
}

func (in RollIn) validate(now time.Time) error {
	var c errs.Check
	c.Require(validRollName(in.Name), "name", "must be up to %d letters, digits, dots, dashes and underscores that begin with a letter or digit", maxRollName)
	if problem := checkRoot(in.Root); problem != "" {
		c.Add("root", "%s", problem)
	}
	c.Require(len(in.Hosts) <= maxListed, "hosts", "must be at most %d names or patterns", maxListed)
	for i, h := range in.Hosts {
		_, err := path.Match(h, "")
		c.Require(err == nil && checkHost(h) == nil, fmt.Sprintf("hosts[%d]", i), "must be the name of a host, or a pattern such as web*")
	}
	c.Require(len(in.Ignore) <= maxListed, "ignore", "must be at most %d patterns", maxListed)
	for i, p := range in.Ignore {
		c.Require(validPattern(p), fmt.Sprintf("ignore[%d]", i), "must be a pattern of paths such as tmp/** or *.pid")
	}
	c.Require(len(in.Manifest) > 0, "manifest", "is required: the lines that sha256sum prints")
	if !in.Since.IsZero() {
		clock.Check(&c, "since", in.Since)
		c.Require(!in.Since.After(now.Add(time.Minute)), "since", "must not lie ahead")
	}
	return c.Err("the roll")
}

// MayRoll says whether by may make rolls of a service, or of none when the name is empty.
func (s *Service) MayRoll(ctx context.Context, by actor.Actor, service string) error {
	if err := people.Allow(by, people.HostWrite, people.Target{Teams: by.Teams}); err != nil {
		return err
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		on, err := (&Roll{Service: service}).find(tx)
		if err != nil && !errs.Is(err, errs.Invalid) {
			return err
		}
		return people.Allow(by, people.HostWrite, on)
	})
}

// CreateRoll makes a roll. Its name is taken once.
func (s *Service) CreateRoll(ctx context.Context, by actor.Actor, in RollIn) (r Roll, err error) {
	if err := people.Allow(by, people.HostWrite, people.Target{Teams: by.Teams}); err != nil {
		return r, err
	}
	if err := s.DB.Do(ctx, func(tx *db.Tx) error {
		r, err = startRoll(tx, by, in)
		return err
	}); err != nil {
		return r, err
	}
	err = s.loadRoll(ctx, by, r, in.Manifest)
	if err != nil { // a start that never ended is replaced by the next roll of its name
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
		defer cancel()
		_ = s.DB.Do(ctx, func(tx *db.Tx) error { return deleteRoll(tx, r.ID) })
	}
	return r, err
}

// startRoll takes the name. Nobody sees the roll before all its files are stored.
func startRoll(tx *db.Tx, by actor.Actor, in RollIn) (Roll, error) {
	r := Roll{ID: id.New[RollID](), Name: in.Name, Service: in.Service, Root: in.Root, Hosts: in.Hosts, Ignore: in.Ignore, Strict: in.Strict,
		Files: int64(len(in.Manifest)), Since: clock.Micro(in.Since), Creator: by.Name, Created: tx.Now()}
	if in.Since.IsZero() {
		r.Since = tx.Now()
	}
	on, err := r.find(tx)
	if err != nil {
		return r, err
	}
	if err := people.Allow(by, people.HostWrite, on); err != nil {
		return r, err
	}
	if err := in.validate(tx.Now()); err != nil {
		return r, err
	}
	have, err := rollNamed(tx, in.Name)
	switch {
	case err == nil && (have.loaded || tx.Now().Sub(have.Created) < uploadTime):
		return r, errs.Conflictf("there is a roll %q already", in.Name)
	case err == nil:
		err = deleteRoll(tx, have.ID)
	case errs.Is(err, errs.NotFound):
		err = nil
	}
	if err != nil {
		return r, err
	}
	return r, insertRoll(tx, r)
}

// find looks up the service, and says what acts on the roll are done to.
func (r *Roll) find(tx *db.Tx) (people.Target, error) {
	if r.Service == "" {
		return people.Target{}, nil
	}
	svc, err := catalogue.ServiceByName(tx, r.Service)
	if errs.Is(err, errs.NotFound) {
		return people.Target{}, &errs.E{Kind: errs.Invalid, Message: "the roll is not valid",
			Fields: []errs.Field{{Path: "service", Message: fmt.Sprintf("names %q, which does not exist", r.Service)}}}
	}
	r.service = svc.ID
	return svc.Target(), err
}

// loadRoll stores the files in short transactions, and in the last one makes the roll count.
func (s *Service) loadRoll(ctx context.Context, by actor.Actor, r Roll, files []Entry) error {
	for some := range slices.Chunk(files, batchSize) {
		if err := s.DB.Claim(ctx, func(tx *db.Tx) error { return insertEntries(tx, r.ID, some) }); err != nil {
			return err
		}
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`UPDATE roll SET loaded = TRUE WHERE id = ?`, string(r.ID)); err != nil {
			return err
		}
		return ledger.Append(tx, by, RollRecord(r.ID), "roll.created", r.changed())
	})
}

func (r Roll) changed() RollChanged { return RollChanged{r.Name, r.Root, r.Service, r.Files} }

// DeleteRoll removes a roll.
func (s *Service) DeleteRoll(ctx context.Context, by actor.Actor, name string) error {
	if err := people.Allow(by, people.HostWrite, people.Target{Teams: by.Teams}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		r, err := loadedRoll(tx, name)
		if err != nil {
			return err
		}
		on, err := r.target(tx)
		if err != nil {
			return err
		}
		if err := people.Allow(by, people.HostWrite, on); err != nil {
			return err
		}
		if err := deleteRoll(tx, r.ID); err != nil {
			return err
		}
		return ledger.Append(tx, by, RollRecord(r.ID), "roll.deleted", r.changed())
	})
}

// target is what acts on a roll are done to.
func (r Roll) target(tx *db.Tx) (people.Target, error) {
	if r.service == "" {
		return people.Target{}, nil
	}
	return catalogue.Target(tx, r.service)
}

type rollCursor struct {
	Since int64
	ID    RollID
}

// Rolls lists rolls, the latest first.
func (s *Service) Rolls(ctx context.Context, by actor.Actor, r page.Request) (list page.List[Roll], err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return list, err
	}
	after := rollCursor{1 << 62, ""}
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scanRoll, rollSelect+` WHERE r.loaded AND (r.since < ? OR r.since = ? AND r.id < ?) ORDER BY r.since DESC, r.id DESC LIMIT ?`,
			after.Since, after.Since, string(after.ID), r.Size()+1)
		list = page.Of(rows, r, func(r Roll) any { return rollCursor{r.Since.UnixMicro(), r.ID} })
		return err
	})
	return list, err
}

const rollSelect = `
	SELECT r.id, r.name, r.service, s.name, r.root, r.hosts, r.ignored, r.strict, r.loaded, r.files, r.since, r.creator, r.created
	FROM roll r LEFT JOIN service s ON s.id = r.service`

func scanRoll(sc db.Scanner) (r Roll, err error) {
	return r, sc.Scan(&r.ID, &r.Name, db.Text(&r.service), db.Text(&r.Service), &r.Root, db.JSON(&r.Hosts), db.JSON(&r.Ignore), &r.Strict, &r.loaded,
		&r.Files, db.Time(&r.Since), &r.Creator, db.Time(&r.Created))
}

func rollNamed(tx *db.Tx, name string) (Roll, error) {
	r, err := db.One(tx, scanRoll, rollSelect+` WHERE r.name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return r, errs.NotFoundf("there is no roll %q", name)
	}
	return r, err
}

// loadedRoll is rollNamed for a roll that counts.
func loadedRoll(tx *db.Tx, name string) (Roll, error) {
	r, err := rollNamed(tx, name)
	if err == nil && !r.loaded {
		return r, errs.NotFoundf("there is no roll %q", name)
	}
	return r, err
}

func insertRoll(tx *db.Tx, r Roll) error {
	var service any
	if r.service != "" {
		service = string(r.service)
	}
	_, err := tx.Exec(`
		INSERT INTO roll (id, name, service, root, hosts, ignored, strict, loaded, files, since, creator, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, FALSE, ?, ?, ?, ?)`,
		string(r.ID), r.Name, service, r.Root, db.AsJSON(r.Hosts), db.AsJSON(r.Ignore), r.Strict, r.Files, r.Since, r.Creator, r.Created)
	return err
}

func insertEntries(tx *db.Tx, roll RollID, list []Entry) error {
	in := rows{into: `INSERT INTO roll_file (roll, path_key, path, sha256) VALUES `, width: 4}
	for _, e := range list {
		in.add(string(roll), keyOf(e.Path), besides(e.Path), e.SHA256)
	}
	return in.write(tx)
}

func deleteRoll(tx *db.Tx, id RollID) error {
	_, err := tx.Exec(`DELETE FROM roll WHERE id = ?`, string(id))
	return err
}
