package rules

// A Row is one thing to keep, by kind and key. Its Value is a value that nobody
// changes any more, encoded as JSON by who keeps it; nil deletes the row. Rows
// are absolute: of two with one key the later counts.
type Row struct {
	Kind  string
	Key   string
	Value any
}

// Stored is a row as it comes back.
type Stored struct {
	Kind  string
	Key   string
	Value []byte // JSON
}

// Kinds of rows. Keys of a history kind begin with the time, see HistoryKey of
// the engine.
const (
	KindState      = "state"      // evaluator: an instance; key is rule NUL instance
	KindRule       = "rule"       // evaluator: a rule as a whole; key is the rule
	KindSelf       = "self"       // engine: an alert about tocsin or a source; key is what it is about
	KindCheckpoint = "checkpoint" // engine: times of last good evaluations
	KindGroup      = "group"      // notifier: key is the group
	KindTold       = "told"       // notifier: what an integration was told of an alert
	KindFlight     = "flight"     // notifier: a delivery under way; key is its id
	KindSilence    = "silence"    // notifier: key is its id
	KindAck        = "ack"        // notifier: key is rule NUL instance
	KindOutlet     = "outlet"     // notifier: budget and health of an integration; key is its key
	KindChange     = "change"     // history: what happened to alerts
	KindDecision   = "decision"   // history: what became of a change, per integration
	KindAttempt    = "attempt"    // history: how an attempt at a delivery ended
)

// IsHistory reports whether rows of a kind are only added, and pruned by age.
func IsHistory(kind string) bool {
	return kind == KindChange || kind == KindDecision || kind == KindAttempt
}

// HistoryKinds are the kinds of history.
func HistoryKinds() []string { return []string{KindChange, KindDecision, KindAttempt} }
