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

// AckLink returns the path of a link with which a person acknowledges one incident without
// a login, until it expires. Opening it must only show a page with a button: mail scanners
// open links too.
func (s *Service) AckLink(user people.UserID, incident string, expires time.Time) string {
	parts := []string{string(user), incident, strconv.FormatInt(expires.Unix(), 36)}
	return "/a/" + strings.Join(parts, ".") + "." + s.signLink(parts)
}

func (s *Service) signLink(parts []string) string {
	return s.Box.Sign(append([]string{"ack link"}, parts...)...)
}

// ParseAckLink returns whom the token of an ack link is for and which incident, or
// Unauthenticated when it is not ours or has expired.
func (s *Service) ParseAckLink(token string, now time.Time) (user people.UserID, incident string, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 || !s.Box.Verify(parts[3], append([]string{"ack link"}, parts[:3]...)...) {
		return "", "", errs.Unauthenticatedf("this link is not complete: open it from the message again, or sign in")
	}
	expires, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil || now.Unix() >= expires {
		return "", "", errs.Unauthenticatedf("this link has expired: sign in to acknowledge")
	}
	return people.UserID(parts[0]), parts[1], nil
}
