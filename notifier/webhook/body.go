package webhook

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// A Body is what is posted. The first fields are Alertmanager's, in its order;
// those of ours follow.
type Body struct {
	Receiver           string      `json:"receiver"`
	Status             string      `json:"status"`
	Alerts             []Alert     `json:"alerts"`
	NotificationReason string      `json:"notification_reason"`
	GroupLabels        template.KV `json:"groupLabels"`
	CommonLabels       template.KV `json:"commonLabels"`
	CommonAnnotations  template.KV `json:"commonAnnotations"`
	RouteLabels        template.KV `json:"routeLabels"`
	ExternalURL        string      `json:"externalURL"`
	Version            string      `json:"version"`
	GroupKey           string      `json:"groupKey"`
	TruncatedAlerts    uint64      `json:"truncatedAlerts"`

	ID      string      `json:"id"` // of the delivery; the same in a repetition
	Level   rules.Level `json:"level"`
	Reason  string      `json:"reason"`
	Episode string      `json:"episode"` // of the group
	Title   string      `json:"title"`
	At      time.Time   `json:"at"`
	Marks   []string    `json:"marks,omitempty"`
}

// An Alert is one alert of a body.
type Alert struct {
	template.Alert

	Level     rules.Level  `json:"level"`
	Was       rules.Level  `json:"was"`
	News      string       `json:"news"`
	Reason    string       `json:"reason"`
	Value     rules.Number `json:"value"`     // a string, as Prometheus writes it
	Threshold *string      `json:"threshold"` // likewise; null where there is none
	Side      string       `json:"side"`
	Unit      rules.Unit   `json:"unit,omitempty"`
	Episode   string       `json:"episode"`
	Flapping  bool         `json:"flapping"`
	Rule      string       `json:"rule"`
	Source    string       `json:"source,omitempty"`
	Held      string       `json:"held,omitempty"` // what keeps it as it was told
}

// head is the body of a message without its alerts. Those that the message has no
// item for are counted as truncated.
func head(m *message.Message) Body {
	d := m.Head(nil)
	return Body{
		Receiver: d.Receiver, Status: d.Status, Alerts: []Alert{},
		NotificationReason: d.NotificationReason, GroupLabels: d.GroupLabels, CommonLabels: d.CommonLabels,
		CommonAnnotations: d.CommonAnnotations, RouteLabels: d.RouteLabels, ExternalURL: d.ExternalURL,
		Version: "4", GroupKey: m.Group.Key, TruncatedAlerts: uint64(m.More),
		ID: m.ID, Level: m.Level, Reason: string(m.Reason), Episode: m.Group.Episode,
		Title: m.Title(), At: m.At, Marks: m.Marks,
	}
}

// noAlerts is where the alerts of a body go. Text that looks like it has its quotes
// escaped, and stands behind.
const noAlerts = `"alerts":[]`

// Build makes the body of a message as JSON and uses its items up.
func Build(m *message.Message) ([]byte, error) {
	before, after, err := around(head(m))
	if err != nil {
		return nil, err
	}
	b, err := appendAlerts(before, m)
	return append(b, after...), err
}

// around returns what stands before the alerts of a body and behind them.
func around(h Body) (before, after []byte, err error) {
	whole, err := json.Marshal(h)
	if err != nil {
		return nil, nil, err
	}
	n := bytes.Index(whole, []byte(noAlerts)) + len(noAlerts) - 1
	return whole[:n:n], whole[n:], nil
}

// appendAlerts encodes the alerts of a message one by one. Each is let go of once it
// is encoded.
func appendAlerts(b []byte, m *message.Message) ([]byte, error) {
	for n := range m.Items {
		if n > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendAlert(b, &m.Items[n]); err != nil {
			return nil, err
		}
		m.Items[n] = message.Item{}
	}
	return b, nil
}

func threshold(i *message.Item) *string {
	if i.Side == rules.Present {
		return nil
	}
	text := strconv.FormatFloat(i.Threshold.Float, 'f', -1, 64)
	return &text
}
