package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"

	"mainstay/internal/agent/keep"
	"mainstay/internal/base/errs"
)

// What winevt.h calls them.
const (
	evtSubscribeStartAtOldestRecord = 2
	evtSubscribeStartAfterBookmark  = 3
	evtRenderEventXML               = 1
	evtRenderBookmark               = 2

	eventsAtOnce = 64
)

// wevtapi are the functions that are used.
type wevtapi struct{ subscribe, next, render, close, createBookmark, updateBookmark *windows.LazyProc }

func load() wevtapi {
	dll := windows.NewLazySystemDLL("wevtapi.dll")
	return wevtapi{dll.NewProc("EvtSubscribe"), dll.NewProc("EvtNext"), dll.NewProc("EvtRender"), dll.NewProc("EvtClose"),
		dll.NewProc("EvtCreateBookmark"), dll.NewProc("EvtUpdateBookmark")}
}

// Reader reads one channel. It is not safe for concurrent use.
type Reader struct {
	Config
	api          wevtapi
	signal       windows.Handle
	subscription uintptr
	bookmark     uintptr
}

// Open subscribes to a channel, after the bookmark if there is one, else from its oldest event.
func Open(c Config) (_ *Reader, err error) {
	if err := keep.Dir(c.Dir); err != nil {
		return nil, err
	}
	r := &Reader{Config: c, api: load()}
	if err := r.api.subscribe.Find(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	start, err := r.loadBookmark()
	if err != nil {
		return nil, err
	}
	if r.signal, err = windows.CreateEvent(nil, 1, 1, nil); err != nil {
		return nil, err
	}
	channel, err := windows.UTF16PtrFromString(c.Channel)
	if err != nil {
		return nil, errs.Invalidf("eventlog channel %q is not a name", c.Channel)
	}
	after := r.bookmark
	if start == evtSubscribeStartAtOldestRecord {
		after = 0
	}
	r.subscription, _, err = r.api.subscribe.Call(0, uintptr(r.signal), uintptr(unsafe.Pointer(channel)), 0, after, 0, 0, start)
	if r.subscription == 0 {
		return nil, &errs.E{Kind: errs.Unavailable, Err: err,
			Message: fmt.Sprintf("event log channel %q cannot be read: does it exist, and may the agent's account read it?", c.Channel)}
	}
	return r, nil
}

func (r *Reader) bookmarkFile() string {
	sum := sha256.Sum256([]byte(r.Channel))
	return filepath.Join(r.Dir, hex.EncodeToString(sum[:8])+".bookmark.xml")
}

// loadBookmark makes the bookmark and says where to start.
func (r *Reader) loadBookmark() (start uintptr, err error) {
	text, err := os.ReadFile(r.bookmarkFile())
	if errors.Is(err, fs.ErrNotExist) {
		r.bookmark, _, err = r.api.createBookmark.Call(0)
		start = evtSubscribeStartAtOldestRecord
	} else if err == nil {
		var at *uint16
		if at, err = windows.UTF16PtrFromString(string(text)); err != nil {
			return 0, err
		}
		r.bookmark, _, err = r.api.createBookmark.Call(uintptr(unsafe.Pointer(at)))
		start = evtSubscribeStartAfterBookmark
	}
	if r.bookmark == 0 {
		return 0, fmt.Errorf("bookmark %s: %w", r.bookmarkFile(), err)
	}
	return start, nil
}

// Step puts the next events into the disk buffer, moves the bookmark behind them and returns how
// many there were. After an error the reader must be opened anew.
func (r *Reader) Step() (int, error) {
	var events [eventsAtOnce]uintptr
	var n uint32
	ok, _, err := r.api.next.Call(r.subscription, eventsAtOnce, uintptr(unsafe.Pointer(&events[0])), 0, 0, uintptr(unsafe.Pointer(&n)))
	if ok == 0 {
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return 0, nil
		}
		return 0, fmt.Errorf("event log channel %s: %w", r.Channel, err)
	}
	defer func() {
		for _, e := range events[:n] {
			_, _, _ = r.api.close.Call(e)
		}
	}()
	var lines []byte
	for _, e := range events[:n] {
		text, err := r.renderXML(e, evtRenderEventXML)
		if err != nil {
			return 0, err
		}
		lines = append(lines, Line(r.Host, r.Channel, []byte(text), r.Fields...)...)
	}
	if err := r.Buffer.Append(lines); err != nil {
		return 0, err
	}
	return int(n), r.remember(events[n-1])
}

// remember moves the bookmark behind an event.
func (r *Reader) remember(event uintptr) error {
	if ok, _, err := r.api.updateBookmark.Call(r.bookmark, event); ok == 0 {
		return fmt.Errorf("bookmark of %s: %w", r.Channel, err)
	}
	text, err := r.renderXML(r.bookmark, evtRenderBookmark)
	if err != nil {
		return err
	}
	return keep.Write(r.bookmarkFile(), []byte(text))
}

// renderXML returns an event or a bookmark as XML.
func (r *Reader) renderXML(what, how uintptr) (string, error) {
	buf := make([]uint16, 8<<10)
	for {
		var used, properties uint32 // used is in bytes
		ok, _, err := r.api.render.Call(0, what, how, uintptr(2*len(buf)), uintptr(unsafe.Pointer(&buf[0])),
			uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
		if ok != 0 {
			return windows.UTF16ToString(buf[:min(int(used)/2, len(buf))]), nil
		}
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) || int(used) <= 2*len(buf) {
			return "", fmt.Errorf("event of %s: %w", r.Channel, err)
		}
		buf = make([]uint16, used/2+1)
	}
}

// Close ends the subscription.
func (r *Reader) Close() error {
	for _, h := range []uintptr{r.subscription, r.bookmark} {
		if h != 0 {
			_, _, _ = r.api.close.Call(h)
		}
	}
	if r.signal == 0 {
		return nil
	}
	return windows.CloseHandle(r.signal)
}
