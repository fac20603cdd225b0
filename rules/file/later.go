package file

import (
	"slices"
	"strings"
)

// laterKey reports whether a key belongs to work that is still to come. Such
// keys are refused and not ignored: a file that says them expects them to work.
func laterKey(what, key string) bool {
	for _, l := range laterKeys() {
		if l.what == what && slices.Contains(l.keys, key) {
			return true
		}
	}
	return false
}

type later struct {
	what string // the kind of mapping, as in messages
	keys []string
}

// laterKeys is the one list of them.
func laterKeys() []later {
	return []later{
		{"rule", []string{"baseline"}},
		{"level", []string{"deviations"}},
		{"override", []string{"baseline"}},
		{"config", []string{
			"policy", "store_loss", "baselines", "namespaces",
		}},
		{"receiver", []string{"exec_configs"}},
		{"limits", []string{"remembered_series"}},
	}
}

// testKey reports whether a key is that of a file of unit tests, which was taken for
// something else.
func testKey(what, key string) bool {
	switch what {
	case "config":
		return slices.Contains([]string{"tests", "fuzzy_compare", "group_eval_order"}, key)
	case "rule file":
		return slices.Contains([]string{"tests", "rule_files", "config_file", "evaluation_interval", "fuzzy_compare", "group_eval_order"}, key)
	}
	return false
}

// otherwise says why a key of Alertmanager is refused for good, and what to do
// instead; empty if it is no such key.
func otherwise(what, key string) string {
	switch {
	case what == "receiver" && slices.Contains(foreignReceivers(), key):
		return "forward to Alertmanager with alertmanager_configs, or write the request yourself in request_configs"
	case what == "global section" && slices.ContainsFunc(foreignReceivers(), func(of string) bool { return belongs(key, of) }):
		return "it belongs to a receiver that is not there either: alertmanager_configs forwards to Alertmanager"
	}
	return ""
}

// foreignReceivers are those of Alertmanager's that tocsin leaves to it.
func foreignReceivers() []string {
	return []string{
		"incidentio_configs", "jira_configs", "mattermost_configs", "pushover_configs", "rocketchat_configs",
		"sns_configs", "victorops_configs", "webex_configs", "wechat_configs",
	}
}

// belongs reports whether a global key is for a kind of receivers: jira_api_url
// for jira_configs.
func belongs(key, receivers string) bool {
	return strings.HasPrefix(key, strings.TrimSuffix(receivers, "configs"))
}
