package spool

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// Position is a byte offset in the endless log.
type Position int64

// Frame is one delivery.
type Frame struct {
	// Received is when it came in, kept to the microsecond. Append takes the present for zero.
	Received time.Time
	// Rows is how many log lines the payload holds: for figures only.
	Rows int
	// Kind tells deliveries apart, from 0 to MaxKind. What it means is the appender's and the readers'
	// affair. Frames of before there were kinds have 0.
	Kind uint8
	// Payload is opaque, at most MaxPayload bytes.
	Payload []byte

	// Start and End are where Read found the frame; Append ignores them. A reader that is done with
	// the frame has its cursor at End. Start is behind the position asked for when what was there
	// has been released or damaged.
	Start, End Position
}

// MaxPayload is the largest payload of a frame, in bytes.
const MaxPayload = 80 << 20

const (
	// MaxKind is the largest kind of a frame, and MaxRows the largest number of rows.
	MaxKind = 1<<kindBits - 1
	MaxRows = 1<<rowBits - 1

	// The number of rows and the kind share a word: a payload of MaxPayload has no room for more rows
	// than 28 bits can count.
	rowBits  = 28
	kindBits = 4

	magic      = "MSf1"
	headerSize = 36

	atLength   = 4
	atRows     = 8
	atReceived = 12
	atPosition = 20
	atPayload  = 28 // its CRC
	atHeader   = 32 // its CRC
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(payload []byte) uint32 { return crc32.Checksum(payload, castagnoli) }

// header is what precedes a payload, without position and salt, which the segment knows.
type header struct {
	length   int
	rows     int
	kind     uint8
	received time.Time
	crc      uint32
}

// size is that of the whole frame.
func (h header) size() int64 { return headerSize + int64(h.length) }

// appendHeader adds the header of a frame whose place is not known yet; place completes it.
func appendHeader(b []byte, h header) []byte {
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.length))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.kind)<<rowBits|uint32(h.rows))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.received.UnixMicro()))
	b = binary.LittleEndian.AppendUint64(b, 0)
	b = binary.LittleEndian.AppendUint32(b, h.crc)
	return binary.LittleEndian.AppendUint32(b, 0)
}

// place writes into a header where its frame is going to stand.
func place(b []byte, at Position, salt uint32) {
	binary.LittleEndian.PutUint64(b[atPosition:], uint64(at))
	binary.LittleEndian.PutUint32(b[atHeader:], headerSum(b, salt))
}

func headerSum(b []byte, salt uint32) uint32 {
	return crc32.Update(salt, castagnoli, b[:atHeader])
}

// parseHeader reads the header of the frame that stands at a position, and whether it is one.
func parseHeader(b []byte, at Position, salt uint32) (header, bool) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic ||
		binary.LittleEndian.Uint32(b[atHeader:]) != headerSum(b, salt) ||
		Position(binary.LittleEndian.Uint64(b[atPosition:])) != at {
		return header{}, false
	}
	h := decode(b)
	return h, h.length <= MaxPayload
}

func decode(b []byte) header {
	rows := binary.LittleEndian.Uint32(b[atRows:])
	return header{
		length:   int(binary.LittleEndian.Uint32(b[atLength:])),
		rows:     int(rows & MaxRows),
		kind:     uint8(rows >> rowBits),
		received: time.UnixMicro(int64(binary.LittleEndian.Uint64(b[atReceived:]))).UTC(),
		crc:      binary.LittleEndian.Uint32(b[atPayload:]),
	}
}
