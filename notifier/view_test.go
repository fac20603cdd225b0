package notifier

import (
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"
)

// TestFingerprint: what the API calls an alert is what Alertmanager calls it.
func TestFingerprint(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.MapOf(rapid.StringMatching("[a-z_é]{1,9}"), rapid.String()).Draw(rt, "labels")
		set := model.LabelSet{}
		for name, value := range m {
			if value != "" { // no label at all
				set[model.LabelName(name)] = model.LabelValue(value)
			}
		}
		b := labels.NewBuilder(labels.EmptyLabels())
		for name, value := range m {
			b.Set(name, value)
		}
		if got, want := Fingerprint(b.Labels()), set.Fingerprint().String(); got != want {
			rt.Fatalf("%v: %s, want %s", m, got, want)
		}
	})
}
