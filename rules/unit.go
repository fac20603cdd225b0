package rules

// A Unit says what the value of a rule is measured in. Unknown words are kept
// and shown as they are.
type Unit string

// The units that thresholds and messages know how to write.
const (
	NoUnit    Unit = ""
	Seconds   Unit = "seconds"
	Bytes     Unit = "bytes"
	Ratio     Unit = "ratio"
	Percent   Unit = "percent"
	PerSecond Unit = "per_second"
)
