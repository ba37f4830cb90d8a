package archive

// SliceRows makes slices small.
func (c Config) SliceRows(n int) Config {
	c.sliceRows = n
	return c
}
