package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sort"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// asset is one file as it is served.
type asset struct {
	plain, packed []byte // packed is gzip; nil where it does not pay
	kind          string // Content-Type
}

// assets are all files by name, and the build: a hash over them all. It stands in every URL, so
// that a file may be cached for ever and modules may import each other by relative path.
type assets struct {
	build  string
	byName map[string]asset
}

// loaded is computed once from the embedded files and never changes.
var loaded = sync.OnceValue(loadAssets)

// Build identifies the assets of this binary; pages of another build reload what they cache.
func Build() string { return loaded().build }

// Asset returns the URL of a static file, such as Asset("app.css"). An unknown name panics:
// it is a mistake of the programmer that every test of a page finds.
func Asset(name string) string {
	if _, ok := loaded().byName[name]; !ok {
		panic("ui: no static file " + name)
	}
	return "/static/" + loaded().build + "/" + name
}

// Static serves the files of Asset under /static/. A URL of an older build gets today's file,
// uncached: a page that was open while the server changed still finds its parts.
func Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		build, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
		a, ok := loaded().byName[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r, build == loaded().build)
	})
}

func (a asset) serve(w http.ResponseWriter, r *http.Request, current bool) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if current {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := a.plain
	if a.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.packed
		}
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader has gone: nobody to tell
	}
}

func loadAssets() assets {
	files := map[string][]byte{}
	var styles []string
	err := fs.WalkDir(static, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := static.ReadFile(p)
		name := strings.TrimPrefix(p, "static/")
		files[name] = body
		if path.Dir(name) == "css" {
			styles = append(styles, name)
		}
		return err
	})
	if err != nil {
		panic(err) // the files are inside the binary
	}
	files["app.css"] = joinStyles(files, styles)
	return pack(files)
}

// joinStyles makes app.css of css/*.css in the order of their names, as the layers want it.
func joinStyles(files map[string][]byte, names []string) []byte {
	sort.Strings(names)
	var css bytes.Buffer
	for _, name := range names {
		css.Write(files[name])
		delete(files, name)
	}
	return css.Bytes()
}

func pack(files map[string][]byte) assets {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	all := assets{byName: make(map[string]asset, len(names))}
	sum := sha256.New()
	for _, name := range names {
		sum.Write([]byte(name))
		sum.Write(files[name])
		all.byName[name] = asset{plain: files[name], packed: squeeze(files[name]), kind: contentType(name)}
	}
	all.build = hex.EncodeToString(sum.Sum(nil))[:12]
	return all
}

func squeeze(body []byte) []byte {
	var out bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	_, _ = zip.Write(body)                                    // a buffer takes everything
	_ = zip.Close()
	if out.Len() > len(body)*9/10 {
		return nil
	}
	return out.Bytes()
}

// contentType does not ask the host's tables, which differ from machine to machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
