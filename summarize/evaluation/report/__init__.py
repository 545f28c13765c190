"""The results of an evaluation as tables (`tables`) and as a page with plots (`page`, `plots`, `overlap`)."""

from summarize.evaluation.report.page import check_report, write_report
from summarize.evaluation.report.tables import FORMATS, write_scores

__all__ = ["FORMATS", "check_report", "write_report", "write_scores"]
