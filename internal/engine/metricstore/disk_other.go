//go:build !linux

package metricstore

func freeBytes(string) int64 { return -1 }
