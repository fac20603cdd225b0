package rules

import "github.com/prometheus/common/model"

// An Ack says that somebody has taken an alert on: the episode that there is, up
// to a level. What it keeps back are raises up to that level, reminders and
// escalation, never the end.
type Ack struct {
	Rule     string     `json:"rule"`
	Instance string     `json:"instance"`
	Episode  string     `json:"episode"`
	Level    Level      `json:"level"`
	By       string     `json:"by"`
	Comment  string     `json:"comment,omitempty"`
	At       model.Time `json:"at"`
	Until    model.Time `json:"until,omitempty"` // 0: until the episode ends
}
