package metricstore

import "syscall"

// freeBytes is what this process may still write to the disk that holds dir, -1 when that cannot be known.
func freeBytes(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * s.Bsize
}
