"""What transformers renders for made-up chat templates, in chat.json: run with transformers installed, offline."""

import json
from pathlib import Path

import jinja2
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).parent
SYSTEM = {"role": "system", "content": " Be brief. "}
ASK = {"role": "user", "content": "What is 2 + 2?\n"}
TELL = {"role": "assistant", "content": "It's <4> & \"even\" – é.  "}
CHATS = [[ASK], [SYSTEM, ASK], [ASK, TELL, ASK], [SYSTEM, ASK, TELL]]
TEMPLATES = {
    "tests with arguments": "{% for m in messages %}{{ loop.index is divisibleby(2) }}{{ loop.index is divisibleby 2 }}{{ m.role is in ['user', 'system'] }}{{ m.role is not in ('user',) }}{{ m.role is eq 'user' }}{{ m.role is sameas(m.role) }}{{ m.content is string and loop.index is not gt 1 }}{{ 'x' if m.role is equalto messages[0].role else 'y' }}{{ (loop.index is lt(2)) == (loop.first is true) }}{{ m.content | length is ge(3 + 1) }}{{ m.name is not defined }}{% endfor %}",
    "concatenation": "{%- for message in messages %}\n    {%- if (message.role == 'user') or (message.role == 'system' and not loop.first) %}\n        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n    {%- elif message.content is string and message.role != 'user' %}\n        {%- set content = message.content.split('4')[-1].lstrip('>') if '4' in message.content else message.content %}\n        {{- '<|im_start|>' ~ message.role ~ '\\n' ~ content ~ '<|im_end|>\\n' }}\n    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n    {%- if enable_thinking is defined and enable_thinking is false %}\n        {{- 'no' }}\n    {%- endif %}\n{%- endif %}",
    "headers": "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|h|>' + message['role'] + '<|/h|>\n\n'+ message['content'] | trim + '<|e|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|h|>assistant<|/h|>\n\n' }}{% endif %}",
    "first turn takes the system": "{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set sys = messages[0]['content'] %}{% else %}{% set rest = messages %}{% set sys = false %}{% endif %}{% for m in rest %}{% if loop.index0 == 0 and sys != false %}{% set content = '<<S>>' + sys + '<</S>>' + m['content'] %}{% else %}{% set content = m['content'] %}{% endif %}{% if m['role'] == 'user' %}{{ bos_token + '[I] ' + content.strip() + ' [/I]' }}{% elif m['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "role names": "{{ bos_token }}\n{%- for m in messages if m.role != 'system' -%}\n  {%- set role = 'model' if m['role'] == 'assistant' else m['role'] -%}\n  {{ '<s>' + role + '\n' }}{{ m['content'] | trim }}{{ '</s>\n' }}\n{%- endfor -%}\n{%- if add_generation_prompt -%}\n  {{'<s>model\n'}}\n{%- endif -%}\n",
    "picks": "{%- set users = messages | selectattr('role', 'equalto', 'user') | list -%}{{ users | length }}{{ (users | last).content | trim }}{{ messages | map(attribute='role') | join(',') }}{{ loop is defined }}{% for m in messages %}{{ loop.previtem.role if not loop.first else '^' }}{{ messages[loop.index0 - 1].role }}{{ ('a' if loop.last else 'b') ~ loop.revindex }}{% endfor %}{{ '%s-%d' | format('x', 3) }}{{ messages[0]['content'] | replace('2', 'two') | indent(2) }}",
    "blocks on lines of their own": "{% for m in messages %}\n  {% if m.role == 'user' %}\n[U] {{ m.content }}\n  {% else %}\n[{{ m.role }}]{{ m['content'] }}\n  {% endif %}\n{% endfor %}\n{% if add_generation_prompt %}\n[A]\n{% endif %}\n",
    "signs": "a\n  {%- if true -%}\n  b\n  {%+ if true +%}\n  c\n  {% endif %}\n\t{% endif -%}\n  d{{ '\\n' }}\n",
    "comments": "  {# one #}\nx {# two #}\n  {#- three -#}\n  y\n   {# four\n lines #}\nz",
    "raw": "{{ bos_token }}{% raw %}{{ not }} {% endraw %}\n!\n  {% raw %}\n r\n  {% endraw %}\nend",
    "alternation": "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}{% endif %}<{{ m.role }}>{{ m.content | trim }}{{ eos_token }}{% endfor %}",
    "no system": "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
    "loop controls": "{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{% for c in m.content %}{% if c == '+' %}{% break %}{% endif %}{{ c }}{% endfor %}|{{ loop.index }}{% endfor %}",
    "undefined": "{% if nothing %}a{% endif %}{{ nothing }}{% for x in nothing %}b{% endfor %}{{ nothing == 'x' }}{{ nothing != 'x' }}{{ nothing == other }}{{ nothing is defined }}{{ 'a' in nothing }}{{ nothing ~ 'c' }}{{ nothing | length }}{{ nothing | default('d') }}{{ messages[0].name }}{{ messages[0].tool_calls != none }}{{ tools is none }}{{ nothing | trim }}!{{ not nothing }}{{ messages[0].get('x') }}",
    "attribute of undefined": "{{ nothing.more }}",
    "namespace": "{% set ns = namespace(seen=false, last='') %}{% for m in messages[::-1] %}{% if m.role == 'user' and not ns.seen %}{% set ns.seen = true %}{% set ns.last = m.content %}{% endif %}{% endfor %}{{ ns.seen }}{{ ns.last.strip() }}{{ ns.nothing }}",
    "json": "{{ messages | tojson }}{{ messages[0] | tojson(indent=2) }}{{ {'b': 1, 'a': [true, none, 1.5]} | tojson }}{{ 'é<' | tojson(ensure_ascii=true) }}{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }}",
    "generation": "{% for m in messages %}\n{% if m.role == 'assistant' %}\n{% generation %}\n{{ m.content }}\n{% endgeneration %}\n{% else %}{{ m.content }}{% endif %}\n{% endfor %}",
    "macro": "{%- macro turn(role, text='-') -%}\n<|{{ role }}|>{{ text }}\n{%- endmacro -%}\n{% for m in messages %}{{ turn(m.role, m.content) }}{{ turn('x') }}{% endfor %}",
    "texts": "{{ messages[-1].content.split('2')[-1].lstrip() }}{{ messages[0].content.rstrip('\\n') | upper }}{{ messages[0].content[:4] ~ (messages | length) }}{{ 'user' in messages[0].role }}{{ messages[0].content.startswith('What') }}",
    "set blocks": "{% set text %}\n {{ messages[0].content }}{% endset %}\n[{{ text }}]\n{% filter upper %}\nabc {{ eos_token }}{% endfilter %}\n",
    "groups": "{{ (1 < 2) == (2 < 3) }}{{ (1 == 1) != (2 == 3) }}{{ 1 < 2 < 3 }}{{ (3 > 2) > 0 }}{{ not (1 == 2) }}{{ ((1 == 1)) == true }}{{ ('a' in 'ab') == ('c' in 'ab') }}{{ [(1 == 1), (1 == 2)] }}{% if (1 == 2) or (2 == 2 and (3 != 3) == false) %}y{% endif %}",
}


def main():
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1}, "<s>")), bos_token="<s>", eos_token="</s>"
    )
    out = []
    for name, template in TEMPLATES.items():
        tokenizer.chat_template = template
        for messages in CHATS:
            for add in (True, False):
                options = {"add_generation_prompt": add, "continue_final_message": not add}
                try:
                    text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
                except (jinja2.exceptions.TemplateError, ValueError, TypeError):
                    text = None
                out.append({"name": name, "template": template, "messages": messages, **options, "rendered": text})
    (HERE / "chat.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
