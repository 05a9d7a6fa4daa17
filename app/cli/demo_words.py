"""What the demo asks, in both languages."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "language": "en",
        "strategy": "Buy when RSI falls below 30 and sell when it rises above 70, with a stop loss of 5 %",
        "chat": "What does the Sharpe ratio tell me?",
    },
    "ko": {
        "language": "ko",
        "strategy": "RSI 30 이하에서 사고 70 이상에서 팔아줘. 손절은 5%로 해줘",
        "chat": "샤프 비율은 무엇을 알려 주나요?",
    },
}
