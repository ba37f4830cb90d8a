package logstore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"mainstay/internal/engine/logstore/child"
)

// life is one child, from its start to its end.
type life struct {
	cmd      *exec.Cmd
	hold     *os.File // what ties it to its parent: while it is open the child lives
	stderr   io.ReadCloser
	renewals int64 // its settings are those after so many

	over  bool          // it is to end; guarded by the supervisor's mu
	ended chan struct{} // closed when it has; then words and err are there
	words string
	err   error
}

// live runs one child from start to end and returns its last words. When it returns, nobody
// speaks for that child any more.
func (s *supervisor) live(ctx context.Context) (lastWords string, err error) {
	l, err := s.start()
	if err != nil {
		return "", fmt.Errorf("the log engine cannot be started: %w", err)
	}
	defer l.hold.Close()
	ctx, stop := context.WithCancel(ctx)
	var both sync.WaitGroup
	defer both.Wait()
	defer stop()
	both.Go(func() {
		defer close(l.ended)
		l.words = s.listen(l.stderr)
		l.err = l.cmd.Wait()
	})
	both.Go(func() { s.announce(ctx, l) })
	select {
	case <-l.ended:
	case <-ctx.Done():
		s.end(l, "the server stops")
	case <-s.renewed:
		s.end(l, renewing)
		if s.endedWell() {
			s.stored()
		}
		return "", errRenewed
	}
	return l.words, l.err
}

func (s *supervisor) start() (*life, error) {
	s.awaitPredecessor()
	listener, err := s.socketFile()
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	l := &life{hold: write, ended: make(chan struct{})}
	if err := s.launch(l, listener, read); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = l
	return l, nil
}

// launch starts the process of a child with the present settings.
func (s *supervisor) launch(l *life, files ...*os.File) error {
	settings, renewals := s.current()
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	l.renewals = renewals
	l.cmd = exec.Command(s.command[0], s.command[1:]...)
	l.cmd.Env = append(os.Environ(), child.Env+"="+string(text))
	l.cmd.ExtraFiles = files
	l.cmd.SysProcAttr = ownGroup()
	if l.stderr, err = l.cmd.StderrPipe(); err != nil {
		return err
	}
	return l.cmd.Start()
}

// announce waits until a child answers and tells everybody that it is up. ctx ends with the child.
func (s *supervisor) announce(ctx context.Context, l *life) {
	client := newClient(s.socket)
	defer client.close()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for client.health(starting) != nil {
		select {
		case <-l.ended:
			return
		case <-starting.Done():
			if ctx.Err() == nil {
				s.log.Error("the log engine does not answer and is ended", s.saying("after", startTimeout)...)
				s.kill()
			}
			return
		case <-s.clock.After(healthEvery):
		}
	}
	if s.up(l) {
		s.watch(ctx, client, l.ended)
	}
}

// up tells that a child is up, unless it is to end or has settings that are not wanted any more.
func (s *supervisor) up(l *life) (told bool) {
	s.set(func(c *Condition) {
		if told = !l.over && l.renewals == s.renewals; told {
			now := s.clock.Now()
			c.Up, c.Reason, c.Steady, c.Answered = true, "", now, now
			c.Generation++
		}
	})
	return told
}

// watch asks a child that is up how it is, and ends one that does not answer: a process that hangs
// is no better than none.
func (s *supervisor) watch(ctx context.Context, c *client, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			return
		case <-s.clock.After(askEvery):
		}
		asked := s.clock.Now()
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		err := c.health(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		s.answered(asked, err)
		if errors.Is(err, context.DeadlineExceeded) {
			s.log.Error("the log engine does not answer and is ended", s.saying("after", askTimeout)...)
			s.kill()
			return
		}
	}
}

// answered notes an answer to a question of how it is.
func (s *supervisor) answered(asked time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if err != nil || now.Sub(asked) > atOnce {
		s.condition.Steady = now
	}
	if err == nil {
		s.condition.Answered = asked
	}
}

// end asks the child to write what it holds, and makes it end when it does not.
func (s *supervisor) end(l *life, why string) {
	s.set(func(c *Condition) { c.Up, c.Reason, l.over = false, why, true })
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-s.clock.After(stopTimeout):
		s.log.Error("the log engine did not stop and is ended", s.saying("after", stopTimeout)...)
		s.kill()
		<-l.ended
	}
}

func (s *supervisor) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != nil {
		_ = s.life.cmd.Process.Kill()
	}
}

// said is a line of the engine's log.
type said struct {
	Level  string `json:"level"`
	Msg    string `json:"msg"`
	Caller string `json:"caller"`
}

// listen passes the child's log on and returns the last line that was worse than a warning.
func (s *supervisor) listen(stderr io.Reader) (words string) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line said
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			line = said{Level: "info", Msg: lines.Text()}
			if strings.HasPrefix(line.Msg, "panic:") || strings.HasPrefix(line.Msg, "fatal error:") {
				line.Level = "panic"
			}
		}
		if strings.Contains(line.Msg, "requestURI: /select/") { // and all that somebody searched for
			s.log.Debug("log engine: a question was refused, and its asker told why", s.saying()...)
			continue
		}
		if strings.HasPrefix(line.Msg, "http: superfluous response.WriteHeader") { // of an answer that broke off: no trouble of ours
			line.Level = "warn"
		}
		switch line.Level {
		case "warn":
			s.log.Warn("log engine: "+line.Msg, s.saying()...)
		case "error", "fatal", "panic":
			words = line.Msg
			s.log.Error("log engine: "+line.Msg, s.saying()...)
		default:
			s.log.Debug("log engine: "+line.Msg, s.saying()...)
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // after a line that is too long
	return words
}
