package tail

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// open opens a log for reading, in a way that does not hinder its rotation: others may rename and
// delete it meanwhile.
func open(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	h, err := windows.CreateFile(path, windows.GENERIC_READ,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}

// identify returns what tells an existing file apart from all others.
func identify(name string) (_ identity, err error) {
	f, err := open(name)
	if err != nil {
		return identity{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return identityOf(f)
}

// identityOf is identify of an open file.
func identityOf(f *os.File) (identity, error) {
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info); err != nil {
		return identity{}, err
	}
	return identity{uint64(info.VolumeSerialNumber), uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}, nil
}
