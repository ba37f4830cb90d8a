//go:build unix

package watch

import (
	"io/fs"
	"os/user"
	"strconv"
	"syscall"
)

// owners remembers the names of users and groups, by "u0" and "g0".
type owners map[string]string

// of returns user:group and the inode of a file.
func (o owners) of(info fs.FileInfo) (owner string, inode uint64) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", 0
	}
	return o.user(strconv.FormatUint(uint64(stat.Uid), 10)) + ":" + o.group(strconv.FormatUint(uint64(stat.Gid), 10)), uint64(stat.Ino) //nolint:unconvert // its type differs by system
}

func (o owners) user(id string) string {
	if _, known := o["u"+id]; !known {
		o["u"+id] = id
		if u, err := user.LookupId(id); err == nil {
			o["u"+id] = u.Username
		}
	}
	return o["u"+id]
}

func (o owners) group(id string) string {
	if _, known := o["g"+id]; !known {
		o["g"+id] = id
		if g, err := user.LookupGroupId(id); err == nil {
			o["g"+id] = g.Name
		}
	}
	return o["g"+id]
}
