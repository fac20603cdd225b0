package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// AppendTranscript writes a batch as text, a line for each thing in it, and
// returns the extended buffer. It is the one form in which two runs are compared:
// equal batches give equal text, and what may differ between equal batches, such
// as the address of something, is not in it. A row's value is a digest.
func AppendTranscript(dst []byte, b Batch) []byte {
	if b.Empty() {
		return dst
	}
	dst = fmt.Appendf(dst, "#%d %s\n", b.Seq, stamp(b.At))
	for _, n := range b.Notes {
		dst = appendNote(dst, n)
	}
	for _, c := range b.Changes {
		dst = appendChange(dst, c)
	}
	for _, a := range b.Asks {
		dst = fmt.Appendf(dst, "  ask %d %s %q at %s until %s for %s\n",
			a.ID, a.Source, a.Expr, stamp(a.At), stamp(a.Deadline), strings.Join(a.Rules, ", "))
	}
	for _, s := range b.Sends {
		dst = appendSend(dst, s)
	}
	for _, r := range b.Rows {
		dst = fmt.Appendf(dst, "  row %s %q %s\n", r.Kind, r.Key, digest(r))
	}
	return dst
}

func appendNote(dst []byte, n Note) []byte {
	dst = fmt.Appendf(dst, "  note %s", n.Text)
	for i := 0; i+1 < len(n.Args); i += 2 {
		dst = fmt.Appendf(dst, " %v=%v", n.Args[i], n.Args[i+1])
	}
	return append(dst, '\n')
}

func appendChange(dst []byte, c evaluator.Change) []byte {
	a := c.Alert
	return fmt.Appendf(dst, "  %s %s%s %s to %s, %s of %s (%s) in %s, told %s\n",
		c.Kind, a.Name, a.Labels, c.From, c.To, number(a.Value), number(a.Bound), a.Reason, a.Episode, a.Notify)
}

func appendSend(dst []byte, s Send) []byte {
	d := s.Delivery
	dst = fmt.Appendf(dst, "  send %s.%d to %s of %s, %s (%s) about %s until %s\n",
		d.ID, d.Attempt, d.Integration, d.Receiver, d.Level, d.Reason, d.Group.Key, stamp(s.Deadline))
	for _, m := range d.Marks {
		dst = fmt.Appendf(dst, "    mark %s\n", m)
	}
	dst = appendEntries(dst, "firing", d.Firing)
	return appendEntries(dst, "resolved", d.Resolved)
}

func appendEntries(dst []byte, word string, entries []notifier.Entry) []byte {
	for _, e := range entries {
		dst = fmt.Appendf(dst, "    %s %s %s, %s was %s, %s of %s\n",
			word, e.News, e.Labels, e.Alert.Notify, e.Was, number(e.Alert.Value), number(e.Alert.Bound))
	}
	return dst
}

// digest tells values apart without showing them.
func digest(r rules.Row) string {
	if r.Value == nil {
		return "gone"
	}
	text, err := json.Marshal(r.Value)
	if err != nil {
		return "unreadable: " + err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func number(n rules.Number) string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }

func stamp(t model.Time) string { return t.Time().UTC().Format("2006-01-02T15:04:05.000Z") }
