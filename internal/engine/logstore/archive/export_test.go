package archive

import "net/http"

// SliceRows makes slices small.
func (c Config) SliceRows(n int) Config {
	c.sliceRows = n
	return c
}

// Sign signs a request without a body.
func (b *Bucket) Sign(req *http.Request, path string) { b.sign(req, path, emptyHash) }
