package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// TokenID identifies an API token; it is no secret.
type TokenID string

// Token lets a program act for the person who made it, or for the installation itself.
type Token struct {
	ID         TokenID
	Name       string
	Owner      UserID // empty for tokens of the installation
	OwnerLogin string
	Bootstrap  bool // came with the start of the server
	Role       actor.Role
	Scopes     []string // actions such as "incident.read" or "incident.*"; none means all of the role
	Created    time.Time
	Expires    time.Time // zero means never
	LastUsed   time.Time // to a minute; zero means never
	Revoked    time.Time // zero while it works
}

// TokenPrefix begins every token made here, so that scanners for leaked secrets know it.
const TokenPrefix = "mst_"

// TokenRecord names a token in the ledger.
func TokenRecord(id TokenID) ledger.Record { return ledger.Record{Kind: "token", ID: string(id)} }

// TokenIn is what a new token is asked to be.
type TokenIn struct {
	Name    string
	Role    actor.Role // empty means the maker's
	Scopes  []string
	Expires time.Time
}

// TokenChanged is the payload of token.created and token.revoked.
type TokenChanged struct {
	Name    string     `json:"name"`
	Role    actor.Role `json:"role"`
	Scopes  []string   `json:"scopes,omitempty"`
	Expires time.Time  `json:"expires,omitzero"`
}

// CreateToken makes a token and returns its plain text, which is never shown again.
func (s *Service) CreateToken(ctx context.Context, by actor.Actor, in TokenIn) (plain string, t Token, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		plain, t, err = s.CreateTokenIn(tx, by, in)
		return err
	})
	return plain, t, err
}

// CreateTokenIn is CreateToken within the caller's transaction. People make tokens for
// themselves; a program may only when its own token is an admin's without scopes, because
// otherwise a token could outlive or outgrow its own limits by making another.
func (s *Service) CreateTokenIn(tx *db.Tx, by actor.Actor, in TokenIn) (string, Token, error) {
	if err := Allow(by, TokenWrite, Target{Owner: by.ID}); err != nil {
		return "", Token{}, err
	}
	if by.Kind != actor.User && (by.Role != actor.Admin || len(by.Scopes) > 0) {
		return "", Token{}, errs.Forbiddenf("a token makes other tokens only when it is an admin's and has no scopes: sign in instead")
	}
	if in.Role == "" {
		in.Role = by.Role
	}
	in.Expires = clock.Micro(in.Expires) // as it is stored
	if err := in.validate(by, tx.Now()); err != nil {
		return "", Token{}, err
	}
	t := Token{ID: id.New[TokenID](), Name: strings.TrimSpace(in.Name), Role: in.Role, Scopes: in.Scopes,
		Created: tx.Now(), Expires: in.Expires}
	owner, err := UserByID(tx, UserID(by.ID))
	switch {
	case err == nil:
		t.Owner, t.OwnerLogin = owner.ID, owner.Login
	case !errs.Is(err, errs.NotFound):
		return "", Token{}, err
	}
	plain := TokenPrefix + id.Secret()
	return plain, t, insertToken(tx, by, t, plain)
}

func (in TokenIn) validate(by actor.Actor, now time.Time) error {
	var c errs.Check
	c.Require(!text.Blank(in.Name), "name", "is required: say what will use the token")
	text.Line(&c, "name", in.Name)
	mayGive := slices.DeleteFunc(slices.Clone(actor.Roles), func(r actor.Role) bool { return !within(r, by.Role) })
	c.Require(slices.Contains(mayGive, in.Role), "role", "must be one that may do no more than %s, which are %s, not %q", by.Role, list(mayGive), in.Role)
	for _, scope := range in.Scopes {
		c.Require(isScope(scope), "scopes", `must be actions such as "incident.read" or "incident.*", not %q`, scope)
	}
	if !in.Expires.IsZero() {
		clock.Check(&c, "expires", in.Expires)
		c.Require(in.Expires.After(now), "expires", "must be in the future")
	}
	return c.Err("the token")
}

func isScope(scope string) bool {
	noun, all := strings.CutSuffix(scope, ".*")
	return slices.ContainsFunc(Actions(), func(a Action) bool {
		return string(a) == scope || all && strings.HasPrefix(string(a), noun+".")
	})
}

// within reports whether everything that role r may do, role of may do too. The roles are no
// ladder: client services may change customers, first line may not.
func within(r, of actor.Role) bool {
	if !slices.Contains(actor.Roles, r) || !slices.Contains(actor.Roles, of) {
		return false
	}
	for act := range matrix {
		mine, theirs := reachOf(r, act), reachOf(of, act)
		if mine != never && mine != theirs && theirs != anywhere {
			return false
		}
	}
	return true
}

func insertToken(tx *db.Tx, by actor.Actor, t Token, plain string) error {
	if t.Scopes == nil {
		t.Scopes = []string{}
	}
	_, err := tx.Exec(`
		INSERT INTO token (id, hash, name, owner, bootstrap, role, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(t.ID), digest(plain), t.Name, orNull(t.Owner), t.Bootstrap, string(t.Role), db.AsJSON(t.Scopes), t.Created, t.Expires)
	if err != nil {
		return err
	}
	return ledger.Append(tx, by, TokenRecord(t.ID), "token.created", t.payload())
}

func (t Token) payload() TokenChanged {
	return TokenChanged{Name: t.Name, Role: t.Role, Scopes: t.Scopes, Expires: t.Expires}
}

const tokenColumns = `t.id, t.name, t.owner, u.login, t.bootstrap, t.role, t.scopes, t.created, t.expires, t.last_used, t.revoked`

const tokenTables = ` FROM token t LEFT JOIN app_user u ON u.id = t.owner `

func scanToken(r db.Scanner) (t Token, err error) {
	return t, r.Scan(&t.ID, &t.Name, db.Text(&t.Owner), db.Text(&t.OwnerLogin), &t.Bootstrap, db.Text(&t.Role),
		db.JSON(&t.Scopes), db.Time(&t.Created), db.Time(&t.Expires), db.Time(&t.LastUsed), db.Time(&t.Revoked))
}

// AuthenticateToken returns the actor whom a token stands for: its owner, with no more than
// the token's role and scopes, and no more than the owner may do now.
func (s *Service) AuthenticateToken(ctx context.Context, plain string) (by actor.Actor, err error) {
	var t Token
	var now time.Time
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now()
		t, err = db.One(tx, scanToken, `SELECT `+tokenColumns+tokenTables+`WHERE t.hash = ?`, digest(plain))
		if errors.Is(err, db.ErrNone) {
			return errs.Unauthenticatedf("the token is not known")
		}
		if err != nil {
			return err
		}
		by, err = t.actor(tx)
		return err
	})
	if err != nil {
		return actor.Actor{}, err
	}
	if now.Sub(t.LastUsed) >= time.Minute {
		s.note(ctx, `UPDATE token SET last_used = ? WHERE id = ?`, now, string(t.ID))
	}
	return by, nil
}

func (t Token) actor(tx *db.Tx) (actor.Actor, error) {
	switch {
	case !t.Revoked.IsZero():
		return actor.Actor{}, errs.Unauthenticatedf("token %q was revoked", t.Name)
	case !t.Expires.IsZero() && !tx.Now().Before(t.Expires):
		return actor.Actor{}, errs.Unauthenticatedf("token %q has expired: make a new one", t.Name)
	}
	by := actor.Actor{Kind: actor.Token, ID: string(t.ID), Name: "token " + t.Name, Role: t.Role, Scopes: t.Scopes}
	if t.Owner == "" {
		return by, nil
	}
	owner, err := UserByID(tx, t.Owner)
	if err != nil {
		return actor.Actor{}, err
	}
	person := owner.Actor()
	by.ID, by.Teams, by.Customer = person.ID, person.Teams, person.Customer
	switch {
	case owner.Disabled:
		return actor.Actor{}, errs.Unauthenticatedf("token %q belongs to user %q, who is disabled", t.Name, owner.Login)
	case within(t.Role, owner.Role):
	case within(owner.Role, t.Role): // the owner has been given a smaller role since
		by.Role = owner.Role
	default:
		return actor.Actor{}, errs.Unauthenticatedf("token %q has role %s, which its owner's role %s does not cover: make a new one",
			t.Name, t.Role, owner.Role)
	}
	return by, nil
}

// TokenFilter narrows a list of tokens; its zero value lists those that work or have expired.
type TokenFilter struct {
	Owner   UserID
	Revoked bool // the revoked ones too
}

// ListTokens returns the tokens that the actor may see, the newest first.
func (s *Service) ListTokens(ctx context.Context, by actor.Actor, f TokenFilter, r page.Request) (page.List[Token], error) {
	if !Can(by, TokenRead, Target{}) {
		if f.Owner == "" {
			f.Owner = UserID(by.ID)
		}
		if err := Allow(by, TokenRead, Target{Owner: string(f.Owner)}); err != nil {
			return page.List[Token]{}, err
		}
	}
	before := "~" // sorts behind every id
	if _, err := page.Decode(r.Cursor, &before); err != nil {
		return page.List[Token]{}, err
	}
	var rows []Token
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All(tx, scanToken, `SELECT `+tokenColumns+tokenTables+`
			WHERE t.id < ? AND (CAST(? AS TEXT) = '' OR t.owner = ?) AND (CAST(? AS BOOLEAN) OR t.revoked IS NULL)
			ORDER BY t.id DESC LIMIT ?`, before, string(f.Owner), string(f.Owner), f.Revoked, r.Size()+1)
		return err
	})
	return page.Of(rows, r, func(t Token) any { return t.ID }), err
}

// RevokeToken ends a token at once and for good; revoking it again does nothing.
func (s *Service) RevokeToken(ctx context.Context, by actor.Actor, token TokenID) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.RevokeTokenIn(tx, by, token) })
}

// RevokeTokenIn is RevokeToken within the caller's transaction.
func (s *Service) RevokeTokenIn(tx *db.Tx, by actor.Actor, token TokenID) error {
	t, err := db.One(tx, scanToken, `SELECT `+tokenColumns+tokenTables+`WHERE t.id = ?`, string(token))
	if errors.Is(err, db.ErrNone) {
		if denied := Allow(by, TokenWrite, Target{}); denied != nil {
			return denied
		}
		return errs.NotFoundf("there is no token with id %q", token)
	}
	if err != nil {
		return err
	}
	if err := Allow(by, TokenWrite, Target{Owner: string(t.Owner)}); err != nil || !t.Revoked.IsZero() {
		return err
	}
	return revoke(tx, by, t)
}

func revoke(tx *db.Tx, by actor.Actor, t Token) error {
	if _, err := tx.Exec(`UPDATE token SET revoked = ? WHERE id = ?`, tx.Now(), string(t.ID)); err != nil {
		return err
	}
	return ledger.Append(tx, by, TokenRecord(t.ID), "token.revoked", t.payload())
}

// BootstrapToken gives the installation one admin token with a known text. The same text
// again changes nothing, not even when the token was revoked since; another text replaces it.
func (s *Service) BootstrapToken(ctx context.Context, plain string) error {
	if len(plain) < 16 {
		s.Log.WarnContext(ctx, "the bootstrap token is short: anybody who reaches this server may guess it")
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		same, err := db.All(tx, scanToken, `SELECT `+tokenColumns+tokenTables+`WHERE t.hash = ?`, digest(plain))
		if err != nil || len(same) > 0 {
			if len(same) > 0 && !same[0].Revoked.IsZero() {
				s.Log.WarnContext(ctx, "the bootstrap token was revoked and stays so: choose another text")
			}
			return err
		}
		old, err := db.All(tx, scanToken, `SELECT `+tokenColumns+tokenTables+`WHERE t.bootstrap AND t.revoked IS NULL`)
		if err != nil {
			return err
		}
		for _, t := range old {
			if err := revoke(tx, actor.Mainstay, t); err != nil {
				return err
			}
		}
		return insertToken(tx, actor.Mainstay, Token{ID: id.New[TokenID](), Name: "bootstrap", Bootstrap: true,
			Role: actor.Admin, Created: tx.Now()}, plain)
	})
}
