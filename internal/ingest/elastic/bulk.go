package elastic

import (
	"bytes"
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
	status int // 0 while it depends on the row
	reason string
}

// maxItems is how many items a request may have: each is remembered until it is answered.
const maxItems = 100_000

// maxAction is how long an action may be, in bytes: its document is what can be long.
const maxAction = 64 << 10

// bulk reads the body of one request.
type bulk struct {
	d       *receive.Delivery
	index   string // of the path
	lines   *receive.Lines
	objects flat.Flattener
	actions fastjson.Parser
	items   []item
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
	if len(b.items) >= maxItems {
		return &receive.TooMuch{Message: fmt.Sprintf("the request has more than the %d items that are accepted at once: send less at a time", maxItems)}
	}
	it, ok := b.action(line)
	if !ok {
		b.whole(item{action: "index", index: b.index}, line, "not an action: {\"create\":{}} and a document must follow each other")
		return nil
	}
	if it.action == "delete" {
		return b.refuse(it)
	}
	document, err := b.lines.Next()
	if errors.Is(err, io.EOF) {
		it.row, it.status, it.reason = -1, http.StatusBadRequest, "the document after the action is missing"
		b.items = append(b.items, it)
		return nil
	}
	if err != nil {
		return err
	}
	if it.action == "update" {
		return b.refuse(it)
	}
	fields, err := b.objects.Object(document)
	if err != nil {
		b.whole(it, document, err.Error())
		return nil
	}
	row := signal.Row{Fields: fields}
	b.d.Params.Shape(&row)
	b.add(it, row)
	return nil
}

func (b *bulk) refuse(it item) error {
	it.row, it.status, it.reason = -1, http.StatusBadRequest, it.action+" is not possible: lines do not change"
	b.items = append(b.items, it)
	return nil
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
		it := item{action: name, index: string(meta.GetStringBytes("_index")), id: string(meta.GetStringBytes("_id"))}
		if it.index == "" {
			it.index = b.index
		}
		return it, true
	}
	return item{}, false
}

// whole keeps what is no document, and tells the sender that it was none.
func (b *bulk) whole(it item, line []byte, why string) {
	it.status, it.reason = http.StatusBadRequest, why
	b.d.Note(b.lines.Number, why)
	b.add(it, receive.Whole(string(line), why))
}

func (b *bulk) add(it item, row signal.Row) {
	if it.index != "" {
		row.Fields = append(row.Fields, signal.Field{Name: "index", Value: it.index})
	}
	it.row = -1
	if len(row.Fields) > 0 {
		it.row = b.rows
		b.rows++
	}
	b.items = append(b.items, it)
	if b.failed == nil {
		b.failed = b.d.Add(row)
	}
}
