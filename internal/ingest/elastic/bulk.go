package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/valyala/fastjson"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/flat"
)

// item is one action and what became of it.
type item struct {
	action string // create, index, update, delete
	index  string
	id     string
	row    int // which of the delivery's rows it is, from 0; -1 for none
	status int // of what has no row
	reason string
}

// itemLoad is about what an item takes in memory until it is answered, in bytes, besides its texts, and
// maxID the longest identity of a document, as Elasticsearch has it.
const (
	itemLoad = 128
	maxID    = 512
	// holdEach is in which steps the gate is asked, in bytes: small requests never do.
	holdEach = 256 << 10
)

// maxItems is how many items a request may have: each is remembered until it is answered.
const maxItems = 100_000

// maxAction is how long an action may be, in bytes: its document is what can be long.
const maxAction = 64 << 10

// bulk reads the body of one request.
type bulk struct {
	ctx     context.Context // of the request
	d       *receive.Delivery
	turn    *receive.Turn // what the answer takes
	index   string        // of the path
	lines   *receive.Lines
	objects flat.Flattener
	actions fastjson.Parser
	items   []item
	load    int64 // of items, in bytes
	held    int64 // of load, by turn
	rows    int
	failed  error // why lines are not stored any more
}

// read takes every item. Its error is about the body as a whole; that lines could not be stored is in
// failed, and told item by item.
func (b *bulk) read() error {
	for {
		line, err := b.lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			b.flush()
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := b.item(line); err != nil {
			b.flush()
			return err
		}
	}
	b.flush()
	return nil
}

func (b *bulk) flush() {
	if b.failed == nil {
		b.failed = b.d.Flush()
	}
}

// item reads an action and the document that belongs to it.
func (b *bulk) item(line []byte) error {
	it, ok := b.action(line)
	if !ok {
		return b.whole(item{action: "index", index: b.index}, line, "not an action: {\"create\":{}} and a document must follow each other")
	}
	if it.action == "delete" {
		return b.refuse(it, "delete is not possible: lines do not change")
	}
	document, err := b.lines.Next()
	if errors.Is(err, io.EOF) {
		return b.refuse(it, "the document after the action is missing")
	}
	if err != nil {
		return err
	}
	if it.action == "update" {
		return b.refuse(it, "update is not possible: lines do not change")
	}
	fields, err := b.objects.Object(document)
	if err != nil {
		return b.whole(it, document, err.Error())
	}
	if len(fields) == 0 {
		return b.refuse(it, "the document has no fields")
	}
	row := signal.Row{Fields: fields}
	b.d.Params.Shape(&row)
	return b.add(it, row)
}

// refuse answers an item of which nothing is stored.
func (b *bulk) refuse(it item, why string) error {
	it.row, it.status, it.reason = -1, http.StatusBadRequest, why
	return b.remember(it)
}

// remember keeps an item until it is answered, when there is room for that.
func (b *bulk) remember(it item) error {
	if len(b.items) >= maxItems {
		return &receive.TooMuch{Message: fmt.Sprintf("the request has more than the %d items that are accepted at once: send less at a time", maxItems)}
	}
	if n := len(b.items); n > 0 && b.items[n-1].index == it.index {
		it.index = b.items[n-1].index // one text for all
	} else {
		b.load += int64(len(it.index))
	}
	b.load += itemLoad + int64(len(it.id))
	b.items = append(b.items, it)
	if b.load-b.held < holdEach {
		return nil
	}
	b.held = b.load
	return b.turn.Hold(b.ctx, b.held)
}

// action reads {"create":{"_index":"app"}}.
func (b *bulk) action(line []byte) (item, bool) {
	if len(line) > maxAction {
		return item{}, false
	}
	v, err := b.actions.ParseBytes(line)
	if err != nil {
		return item{}, false
	}
	for _, name := range []string{"create", "index", "update", "delete"} {
		meta := v.Get(name)
		if meta == nil || meta.Type() != fastjson.TypeObject {
			continue
		}
		id := meta.GetStringBytes("_id")
		it := item{action: name, index: string(meta.GetStringBytes("_index")), id: string(id[:min(len(id), maxID)])}
		if it.index == "" {
			it.index = b.index
		}
		return it, true
	}
	return item{}, false
}

// whole keeps what is no document, marked. It is stored, so that its answer is success: shippers that hear of a
// failure would send it again, or drop it although it is there.
func (b *bulk) whole(it item, line []byte, why string) error {
	b.d.Note(b.lines.Number, why)
	return b.add(it, receive.Whole(string(line), why))
}

func (b *bulk) add(it item, row signal.Row) error {
	if it.index != "" {
		row.Fields = append(row.Fields, signal.Field{Name: "index", Value: it.index})
	}
	it.row = b.rows
	b.rows++
	if err := b.remember(it); err != nil {
		return err
	}
	if b.failed == nil {
		b.failed = b.d.Add(row)
	}
	return nil
}
