package web

import (
	"time"

	"tocsin/engine"
)

// Stats are the figures behind the metrics, all of one instant. Counts are since
// the start of the process.
type Stats struct {
	// Core is what the core says; nil if it could not be asked in time.
	Core   *engine.Stats
	Driver engine.DriverStats
	Reload ReloadStats
	// Heartbeats count beats to a dead man's switch outside.
	Heartbeats HeartbeatStats
	Journal    JournalStats
}

// JournalStats are the figures of the journal; all zero if none is written.
type JournalStats struct {
	Bytes, Steps, Lost uint64
	Failing            bool
}

// HeartbeatStats count beats by what became of them.
type HeartbeatStats struct{ Sent, Failed, Withheld uint64 }

// ReloadStats say how the last reload of the configuration went.
type ReloadStats struct {
	OK bool
	At time.Time // of the last that succeeded; zero if none did
}
