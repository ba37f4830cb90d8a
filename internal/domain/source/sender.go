package source

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Sender is who sends lines now: a source, and how it proved that.
type Sender struct {
	By     actor.Actor
	Source Source
	// Past is when somebody began to upload lines of the past; zero for lines that are happening. Such
	// lines have the field signal.Uploaded, and no log rule judges them.
	Past time.Time
}

// UploadedAt is a Past as the field signal.Uploaded has it.
func UploadedAt(past time.Time) string { return past.UTC().Format(uploadedLayout) }

// uploadedLayout tells uploads apart, and can be read.
const uploadedLayout = "2006-01-02T15:04:05.000000Z"

// Sender finds whose source key it is. A wrong or revoked one is an Unauthenticated error.
func (s *Service) Sender(ctx context.Context, key string) (Sender, error) {
	if !strings.HasPrefix(key, KeyPrefix) {
		return Sender{}, errs.Unauthenticatedf("this is not the key of a source")
	}
	known, err := s.known(ctx)
	if err != nil {
		return Sender{}, err
	}
	k, ok := known.keys[hash(key)]
	if !ok {
		return Sender{}, errs.Unauthenticatedf("the key of a source is unknown or revoked")
	}
	s.note(k.ID)
	return Sender{
		By:     actor.Actor{Kind: actor.Source, ID: string(k.ID), Name: "source " + k.Label},
		Source: known.sources[k.Source],
	}, nil
}

// SenderFor lets somebody with an API token or a session send for a source; an empty name means
// Direct. A name that is not known is an Invalid error.
func (s *Service) SenderFor(ctx context.Context, by actor.Actor, name string) (Sender, error) {
	return s.senderFor(ctx, by, people.LogSend, name)
}

// SampleSenderFor is SenderFor for samples of time series.
func (s *Service) SampleSenderFor(ctx context.Context, by actor.Actor, name string) (Sender, error) {
	return s.senderFor(ctx, by, people.SeriesSend, name)
}

func (s *Service) senderFor(ctx context.Context, by actor.Actor, to people.Action, name string) (Sender, error) {
	if err := people.Allow(by, to, people.Target{}); err != nil {
		return Sender{}, err
	}
	if name == "" {
		name = Direct
	}
	known, err := s.known(ctx)
	if err != nil {
		return Sender{}, err
	}
	for _, src := range known.sources {
		if src.Name == name {
			return Sender{By: by, Source: src}, nil
		}
	}
	return Sender{}, errs.Invalidf("there is no source %.80q: make it first, or leave it out to send for %q", name, Direct)
}

// SenderAt finds the source whose addresses hold a peer's, the narrowest network first. An
// address that no source names is a Forbidden error.
func (s *Service) SenderAt(ctx context.Context, peer netip.Addr) (Sender, error) {
	known, err := s.known(ctx)
	if err != nil {
		return Sender{}, err
	}
	peer = peer.Unmap().WithZone("")
	best, bits := ID(""), -1
	for _, n := range known.networks {
		if n.Bits() > bits && n.Contains(peer) {
			best, bits = n.source, n.Bits()
		}
	}
	if best == "" {
		return Sender{}, errs.Forbiddenf("no source has the address %s: add it to the addresses of one", peer)
	}
	return Sender{
		By:     actor.Actor{Kind: actor.Source, ID: peer.String(), Name: "syslog " + peer.String()},
		Source: known.sources[best],
	}, nil
}

// known is what senders are recognised by. It is read anew when sources or keys have changed.
type known struct {
	sources  map[ID]Source
	keys     map[string]Key // by hash
	networks []network
}

type network struct {
	netip.Prefix
	source ID
}

// Refresh is called when sources or keys may have changed, on this node or another.
func (s *Service) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache = nil
}

func (s *Service) known(ctx context.Context) (*known, error) {
	s.mu.Lock()
	k, since := s.cache, s.cached
	now := s.Clock.Now()
	s.mu.Unlock()
	if k != nil && now.Sub(since) < cacheFor && !now.Before(since) {
		return k, nil
	}
	k, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache, s.cached = k, now
	return k, nil
}

func (s *Service) read(ctx context.Context) (*known, error) {
	k := &known{sources: map[ID]Source{}, keys: map[string]Key{}}
	return k, s.DB.View(ctx, func(tx *db.Tx) error {
		list, err := All(tx)
		if err != nil {
			return err
		}
		for _, src := range list {
			k.sources[src.ID] = src
			for _, a := range src.Spec.Addresses {
				p, err := prefix(a)
				if err != nil {
					return fmt.Errorf("source %q: %w", src.Name, err)
				}
				k.networks = append(k.networks, network{p, src.ID})
			}
		}
		keys, err := db.All(tx, scanKeyHash, `SELECT `+keyColumns+`, hash FROM source_key WHERE revoked IS NULL`)
		for _, key := range keys {
			k.keys[key.hash] = key.Key
		}
		return err
	})
}
