"""Which questions need a tool, and which are for words alone."""

from app.simulator.answers.topics import topics_of
from tests.tables import each_line

TOOLS = {"usage": "usage_and_cost", "budget": "budgets", "policy": "service_policy", "models": "models",
         "data": "market_data", "status": "system_status", "failures": "recent_failures", "strategies": "strategies",
         "rules": "strategy_rules", "backtests": "backtests", "result": "backtest_result",
         "reports": "reports", "report": "report_text", "compare": "compare_strategies"}  # fmt: skip


def about(text: str) -> list[str]:
    return [name for topic in topics_of(text) for name, tool in TOOLS.items() if topic.tools.search(tool)]


@each_line(
    ("text", "topics"),
    [
        ("How much did I spend?", ["usage"]),
        ("얼마나 썼어?", ["usage"]),
        ("Cost by model, please", ["usage"]),
        ("모델별 비용", ["usage"]),
        ("budget?", ["budget"]),
        ("Which models may the report use?", ["policy"]),
        ("What is the policy of the chat?", ["policy"]),
        ("Which model is the cheapest?", ["models"]),
        ("When does gpt-4o shut down?", ["models"]),
        ("database status", ["status"]),
        ("데이터베이스는 정상이야?", ["status"]),
        ("Is there data for GSPC?", ["data"]),
        ("데이터는 언제까지 있어?", ["data"]),
        ("errors?", ["failures"]),
        ("List my stored strategies", ["strategies"]),
        ("저장된 전략이 몇 개야?", ["strategies"]),
        ('What does the strategy "Golden cross" do?', ["rules"]),
        ("strat_01ab의 규칙", ["rules"]),
        ("Show the status of my recent backtests", ["backtests"]),
        ("최근 백테스트 중에 실패한 것은?", ["backtests"]),
        ("Which backtests of strat_01ab failed?", ["backtests"]),
        ("bt_01ab 상태는?", ["result"]),
        ("Show my latest reports", ["reports"]),
        ("내 리포트 목록을 보여 줘", ["reports"]),
        ("최근 보고서는?", ["reports"]),
        ("Which reports are there on my backtests?", ["reports"]),
        ("What does report_01ab say?", ["report"]),
        ("report_01ab의 결론은?", ["report"]),
        ("보고서는 어떻게 읽어?", []),
        ("Is strat_01ab better than bt_02cd?", ["compare"]),
        ("strat_01ab, strat_02cd 비교", ["compare"]),
        ("전략에는 어떤 장점이 있어?", []),
        ("백테스트 결과는 어떻게 읽어?", []),
        ("What is a backtest?", []),
        ("What is RSI?", []),
        ("What does the Sharpe ratio tell me?", []),
        ("샤프 비율은 무엇을 알려 주나요?", []),
        ("Remodel my statue", []),
        ("안녕하세요", []),
    ],
)
def test_topics_are_found_by_words(text: str, topics: list[str]) -> None:
    """Whole words, in both languages."""
    assert about(text) == topics
