package notify

import (
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// AckLinkLife is how long the ack link of a page works.
const AckLinkLife = 24 * time.Hour

// AckFor is what an ack link acknowledges: one opening of an incident. Trouble that comes back
// is paged anew, and a link from before must not silence that.
type AckFor struct {
	Incident string // id
	Opening  int64  // which one, counted from 1
}

// AckLink returns the path of a link with which a person acknowledges an incident without a
// login, until it expires. Opening it must only show a page with a button: mail scanners open
// links too.
func (s *Service) AckLink(user people.UserID, what AckFor, expires time.Time) string {
	parts := []string{string(user), what.Incident, strconv.FormatInt(what.Opening, 36), strconv.FormatInt(expires.Unix(), 36)}
	return "/a/" + strings.Join(parts, ".") + "." + s.signLink(parts)
}

func (s *Service) signLink(parts []string) string {
	return s.Box.Sign(append([]string{"ack link"}, parts...)...)
}

// ParseAckLink returns whom the token of an ack link is for and what it acknowledges, or
// Unauthenticated when it is not ours or has expired.
func (s *Service) ParseAckLink(token string, now time.Time) (user people.UserID, what AckFor, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 5 || !s.Box.Verify(parts[4], append([]string{"ack link"}, parts[:4]...)...) {
		return "", what, errs.Unauthenticatedf("this link is not complete: open it from the message again, or sign in")
	}
	opening, _ := strconv.ParseInt(parts[2], 36, 64) // signed, so they are the numbers that we wrote
	expires, _ := strconv.ParseInt(parts[3], 36, 64)
	if now.Unix() >= expires {
		return "", what, errs.Unauthenticatedf("this link has expired: sign in to acknowledge")
	}
	return people.UserID(parts[0]), AckFor{Incident: parts[1], Opening: opening}, nil
}
