package evaluator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// Names of labels that have a meaning here.
const (
	labelName     = "__name__"
	labelAlert    = "alertname"
	labelSeverity = "severity"
)

// keyOf returns the key of a label set: a hash of its sorted labels that
// depends neither on how a source wrote them nor on a version of a library. It
// is stored.
func keyOf(ls labels.Labels) string {
	b := make([]byte, 0, 256)
	ls.Range(func(l labels.Label) {
		b = appendString(appendString(b, l.Name), l.Value)
	})
	return digest(b, 24)
}

// episodeOf names an episode by its rule, its instance and its first raise.
func episodeOf(rule, instance string, at model.Time) string {
	b := appendString(appendString(nil, rule), instance)
	return digest(binary.AppendVarint(b, int64(at)), 16)
}

// exprKey stands for an expression in stored rows.
func exprKey(expr string) string { return digest([]byte(expr), 8) }

// digest returns the first n hex digits of a hash.
func digest(b []byte, n int) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:n/2])
}

// appendString appends s so that no two lists of strings look alike.
func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// render makes the labels of an alert: those of the series, then those of the
// rule, then the name. The severity of a threshold rule comes from its level and
// is left out; that of a presence rule is returned.
func render(r *rules.Rule, data rules.LabelData) (ls labels.Labels, severity string) {
	b := labels.NewBuilder(data.Series)
	b.Del(labelName)
	for _, t := range r.Labels {
		b.Set(t.Name, expand(t, data))
	}
	b.Set(labelAlert, r.Alert)
	if r.Kind == rules.ThresholdRule {
		b.Del(labelSeverity)
		return b.Labels(), ""
	}
	return b.Labels(), b.Get(labelSeverity)
}

// expand renders one label. A template that fails says so in its label, as in
// Prometheus: an alert is never lost to it.
func expand(t rules.LabelTemplate, data rules.LabelData) string {
	if t.Expand == nil {
		return t.Text
	}
	s, err := t.Expand(data)
	if err != nil {
		return fmt.Sprintf("<error expanding template: %v>", err)
	}
	return s
}

// staticLabels are the labels of an alert about a rule as a whole: those that
// need no series, with the given ones on top.
func staticLabels(r *rules.Rule, more ...labels.Label) labels.Labels {
	b := labels.NewBuilder(labels.EmptyLabels())
	for _, t := range r.Labels {
		if t.Expand == nil && t.Name != labelSeverity {
			b.Set(t.Name, t.Text)
		}
	}
	for _, l := range more {
		b.Set(l.Name, l.Value)
	}
	return b.Labels()
}

// noValue stands where there is nothing to show.
func noValue() float64 { return math.NaN() }
