package api

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/host"
	"mainstay/internal/edge"
)

// How many bytes of an inventory, or of a roll, may be sent, and of an inventory be read when it is unpacked.
const (
	MaxSent      = 128 << 20
	MaxInventory = 256 << 20
)

// maxElement is the longest file of an inventory, in bytes of JSON, and what may stand around the list.
const maxElement = 64 << 10

// Received is what the server says about an inventory.
type Received struct {
	Files   int64 `json:"files"`
	First   bool  `json:"first" doc:"There was no inventory of this directory before."`
	Created int   `json:"created"`
	Changed int   `json:"changed"`
	Deleted int   `json:"deleted"`
}

func describeInventory(op *huma.Operation) {
	op.Parameters = []*huma.Param{{Name: "host", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}
	word, number := &huma.Schema{Type: "string"}, &huma.Schema{Type: "integer"}
	instant := &huma.Schema{Type: "string", Format: "date-time"}
	file := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"path": word, "sha256": word, "size": number, "mode": word, "owner": word, "modified": instant}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
		Type: "object", Properties: map[string]*huma.Schema{"root": word, "taken": instant, "files": {Type: "array", Items: file}}}}}}
	op.Description += " It takes the key of a source, too. root must stand before files; the body may be packed with gzip or zstd."
	op.Responses = map[string]*huma.Response{"200": {Description: "All of it is safe, and in place of the inventory before."}}
}

// receiveFiles stores an inventory as it arrives.
func (a *API) receiveFiles(w http.ResponseWriter, r *http.Request) {
	b := newInventoryBody(r.Body)
	in, err := b.head()
	in.Host = r.PathValue("host")
	if err != nil {
		edge.Answer(w, r, edge.Malformed(err))
		return
	}
	in.Files = b.files()
	sum, err := a.Hosts.Receive(r.Context(), edge.Actor(r.Context()), in)
	switch {
	case b.broken != nil:
		edge.Answer(w, r, edge.Malformed(b.broken))
	case err != nil:
		a.fail(w, r, err)
	default:
		a.write(w, r, http.StatusOK, Received(sum))
	}
}

// inventoryBody reads {"root":…,"taken":…,"files":[…]} without holding more than one file of it.
type inventoryBody struct {
	in     *rationed
	json   *json.Decoder
	broken error // what is wrong with the body itself
}

func newInventoryBody(body io.Reader) *inventoryBody {
	in := &rationed{from: bufio.NewReaderSize(body, 16<<10)}
	return &inventoryBody{in: in, json: json.NewDecoder(in)}
}

// head reads what stands before the list of files.
func (b *inventoryBody) head() (in host.Inventory, err error) {
	b.in.renew()
	if err := b.delimiter('{'); err != nil {
		return in, err
	}
	for b.json.More() {
		name, err := b.json.Token()
		if err != nil {
			return in, badInventory(err)
		}
		switch name {
		case "files":
			if in.Root == "" {
				return in, errs.Invalidf("root must stand before files, so that they can be stored as they arrive")
			}
			return in, b.delimiter('[')
		case "root":
			err = b.json.Decode(&in.Root)
		case "taken":
			err = b.json.Decode(&in.Taken)
		default:
			err = b.json.Decode(new(json.RawMessage))
		}
		if err != nil {
			return in, badInventory(err)
		}
	}
	return in, &errs.E{Kind: errs.Invalid, Message: "the inventory is not valid", Fields: []errs.Field{{Path: "files", Message: "is required"}}}
}

func (b *inventoryBody) delimiter(want json.Delim) error {
	token, err := b.json.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%v instead of %v", token, want)
	}
	if err != nil {
		return badInventory(err)
	}
	return nil
}

// inventoryFile is one file as agents send it; what else they say of it is passed over.
type inventoryFile struct {
	Path     string    `json:"path"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Mode     string    `json:"mode"`
	Owner    string    `json:"owner"`
	Modified time.Time `json:"modified"`
}

// files hands on one file after the other, and fails when the body does not end as it should.
func (b *inventoryBody) files() iter.Seq2[host.File, error] {
	return func(yield func(host.File, error) bool) {
		for b.in.renew(); b.json.More(); b.in.renew() {
			var f inventoryFile
			if err := b.json.Decode(&f); err != nil {
				b.broken = badInventory(err)
				yield(host.File{}, b.broken)
				return
			}
			if !yield(host.File(f), nil) {
				return
			}
		}
		if b.broken = b.end(); b.broken != nil {
			yield(host.File{}, b.broken)
		}
	}
}

// end reads what stands behind the list: nothing that matters, and then nothing at all.
func (b *inventoryBody) end() error {
	if err := b.delimiter(']'); err != nil {
		return err
	}
	for b.json.More() {
		name, err := b.json.Token()
		if err == nil && (name == "root" || name == "files") {
			return errs.Invalidf("%v stands there twice, or behind the files", name)
		}
		if err == nil {
			err = b.json.Decode(new(json.RawMessage))
		}
		if err != nil {
			return badInventory(err)
		}
	}
	if err := b.delimiter('}'); err != nil {
		return err
	}
	if _, err := b.json.Token(); !errors.Is(err, io.EOF) {
		return errs.Invalidf("something stands behind the end of the inventory")
	}
	return nil
}

// badInventory says that a body is none of what it should be; what says more already stays.
func badInventory(err error) error {
	if _, ours := errors.AsType[*errs.E](err); ours {
		return err
	}
	switch edge.ProblemOf(err).Status {
	case http.StatusRequestEntityTooLarge, http.StatusRequestTimeout:
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errs.Invalidf("the inventory ends in the middle: send it again")
	}
	return &errs.E{Kind: errs.Invalid, Message: "the inventory cannot be read", Err: err}
}

// rationed lets a decoder read only so much before its ration is renewed, because a decoder holds a
// value whole.
type rationed struct {
	from io.Reader
	left int
}

func (r *rationed) renew() { r.left = maxElement }

// Read reads on.
func (r *rationed) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errs.Invalidf("one value of the inventory is longer than %d bytes", maxElement)
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
