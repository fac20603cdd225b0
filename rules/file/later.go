package file

import "slices"

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
			"policy", "store_loss", "baselines", "namespaces", "tests", "fuzzy_compare", "group_eval_order",
		}},
		{"rule file", []string{"tests", "rule_files", "evaluation_interval", "fuzzy_compare", "group_eval_order"}},
		{"receiver", []string{
			"discord_configs", "incidentio_configs", "jira_configs", "mattermost_configs",
			"msteams_configs", "msteamsv2_configs", "opsgenie_configs", "pagerduty_configs",
			"pushover_configs", "rocketchat_configs", "sns_configs", "telegram_configs",
			"victorops_configs", "webex_configs", "wechat_configs", "exec_configs",
		}},
		{"limits", []string{"remembered_series"}},
		{"global section", []string{
			"jira_api_url", "mattermost_webhook_url", "mattermost_webhook_url_file",
			"opsgenie_api_key", "opsgenie_api_key_file", "opsgenie_api_url", "pagerduty_url",
			"rocketchat_api_url", "rocketchat_token", "rocketchat_token_file",
			"rocketchat_token_id", "rocketchat_token_id_file", "telegram_api_url",
			"telegram_bot_token", "telegram_bot_token_file", "victorops_api_key",
			"victorops_api_key_file", "victorops_api_url", "webex_api_url",
			"wechat_api_corp_id", "wechat_api_secret", "wechat_api_secret_file", "wechat_api_url",
		}},
		{"Slack receiver", []string{"actions"}},
		{"webhook receiver", []string{"payload"}},
	}
}

// otherwise says why a key of Alertmanager is refused for good, and what to do
// instead; empty if it is no such key.
func otherwise(what, key string) string {
	if what != "Slack receiver" || !slices.Contains(attachmentKeys(), key) {
		return ""
	}
	return "it is part of Slack's old attachments, which tocsin does not send: title and text take their place"
}

func attachmentKeys() []string {
	return []string{
		"callback_id", "color", "fallback", "fields", "footer", "image_url", "link_names", "message_text",
		"mrkdwn_in", "pretext", "short_fields", "thumb_url", "title_link",
	}
}
